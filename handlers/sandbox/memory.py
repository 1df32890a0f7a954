"""Memory that the server and a worker share: a file without a name, which neither can shrink or outgrow."""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from model_cache.prediction import Frame


@contextmanager
def shared(size: int, data: bytes = b"") -> Iterator[int]:
    """A descriptor of `size` bytes that begin with `data`; memory is taken only for what is written."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("sandbox", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    else:  # macOS, for development
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    try:
        os.ftruncate(descriptor, size)
        if hasattr(fcntl, "F_ADD_SEALS"):
            # A worker that has been taken over could shorten it, and the server would crash when it reads.
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        with open(descriptor, "wb", buffering=0, closefd=False) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
        yield descriptor
    finally:
        os.close(descriptor)


def frame_of(descriptor: int, height: int, width: int) -> Frame:
    """The frame (height, width, 3) at the beginning of the memory, which lasts as long as the frame. Not a copy."""
    pixels = mmap.mmap(descriptor, height * width * 3, flags=mmap.MAP_PRIVATE)
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


def copied_frame(descriptor: int, height: int, width: int) -> Frame:
    """As `frame_of`, but a copy, of memory that something else will be written to."""
    frame = np.empty((height, width, 3), np.uint8)
    os.preadv(descriptor, [frame.data], 0)
    return frame
