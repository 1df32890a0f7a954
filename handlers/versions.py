"""What answers: the versions of the packages at work, and how long the process has lived."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata
from time import monotonic

VERSION = "0.1.0"

# Package -> the distribution that installs it. Their versions are read without importing them.
_PACKAGES = {
    "ultralytics": ("ultralytics", "ultralytics-opencv-headless"),
    "torch": ("torch",),
    "torchvision": ("torchvision",),
    "onnxruntime": ("onnxruntime",),
}
_STARTED = monotonic()


@cache
def versions() -> dict[str, str]:
    """Of Python, of us and of those packages that are installed."""
    found = {"python": platform.python_version(), "yolo-endpoint": VERSION}
    for package, distributions in _PACKAGES.items():
        for distribution in distributions:
            try:
                found[package] = metadata.version(distribution)
            except metadata.PackageNotFoundError:
                continue
            break
    return found


def seconds_alive() -> float:
    return monotonic() - _STARTED
