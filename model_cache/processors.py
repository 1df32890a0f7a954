"""How many processors this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def processors(cgroup: Path = _CGROUP) -> int:
    """Processors by the container's quota, which the host's own count does not know; at least 1.

    cgroup: where the kernel tells of it, in its second version or its first.
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for read in (_second, _first):
        try:
            quota, period = read(cgroup)
        except (OSError, ValueError):
            continue  # no such file, or "max": no quota
        if quota > 0:  # -1 is none
            count = min(count, math.ceil(quota / period))
    return max(count, 1)


def _second(cgroup: Path) -> tuple[int, int]:
    """So many microseconds in every so many: "200000 100000"."""
    quota, period = (cgroup / "cpu.max").read_text().split()
    return int(quota), int(period)


def _first(cgroup: Path) -> tuple[int, int]:
    folder = cgroup / "cpu"
    return int((folder / "cpu.cfs_quota_us").read_text()), int((folder / "cpu.cfs_period_us").read_text())
