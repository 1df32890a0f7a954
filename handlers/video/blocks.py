"""How large a block of memory OpenCV's FFmpeg may allocate: what the open videos need by the size they announced.

A stream may change its size on its way. OpenCV scales such frames without a word, and hands FFmpeg no option, so
not its `max_pixels`, for the decoder that it opens. FFmpeg's `av_max_alloc` bounds every block of the process, and
a frame's plane is one; what does not fit is to the decoder as damaged as what it cannot read.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import cv2

_PIXEL = 4  # bytes: of GIFs, which are decoded to BGRA; only pictures of 16 bits and four channels have more
_BESIDES = 32_000_000  # for packets and indexes, and for a small film that becomes one of usual size
_USUAL = 2**31 - 1  # FFmpeg's own
_LIBRARIES = ("opencv_python*.libs/libavutil*", "cv2/.dylibs/libavutil*")  # in the wheels for Linux and macOS


class Blocks:
    """One open video's claim, of so many pixels a frame. Of all claims, the largest holds for the process."""

    _lock = threading.RLock()  # a claim may be collected, and so released, while another is made
    _claims: ClassVar[dict[int, int]] = {}

    def __init__(self, pixels: int) -> None:
        self.claim(pixels)

    def claim(self, pixels: int) -> None:
        with self._lock:
            self._claims[id(self)] = pixels
            self._set()

    def release(self) -> None:
        with self._lock:
            self._claims.pop(id(self), None)
            self._set()

    __del__ = release

    @classmethod
    def _set(cls) -> None:
        claims = list(cls._claims.values())
        _max_alloc(_BESIDES + _PIXEL * max(claims) if claims else _USUAL)


def _found() -> Callable[[int], None]:
    """FFmpeg's function, of the very library that OpenCV has loaded."""
    folder = Path(cv2.__file__).parents[1]
    for path in (path for pattern in _LIBRARIES for path in folder.glob(pattern)):
        function = ctypes.CDLL(str(path)).av_max_alloc
        function.argtypes, function.restype = [ctypes.c_size_t], None
        return function
    return lambda _: None  # an OpenCV from elsewhere


_max_alloc = _found()
