"""The most memory that a process of its own took. ru_maxrss would do if it did not begin at the parent's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_STATUS = Path("/proc/self/status")


def peak() -> int:
    """The most kilobytes that this process has had in memory since it began its program."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def numbers(script: str, *arguments: str) -> list[int]:
    """What `script` prints, run as a program that may import `peak`."""
    if not _STATUS.exists():
        pytest.skip("there is no /proc to read the memory from")
    head = "import sys\nfrom tests.handlers.video.memory import peak\n"
    command = [sys.executable, "-c", head + script, *arguments]
    return [int(word) for word in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]
