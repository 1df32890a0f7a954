"""What the packages take on disk: `python -m tests.bench.size` installs them into a folder and measures it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.server import ROOT


def megabytes(requirements: str = "requirements-onnx.txt") -> float:
    """Of all files that installing them writes, bytecode included."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--target", folder, "-r", str(ROOT / requirements)], check=True)
        return sum(path.lstat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    print(f"{megabytes():.0f} MB")
