"""What a worker may take for one file: bytes of addresses, and seconds of processor time."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Measured: the dearest good pictures, AVIFs without subsampling, take 10 bytes a pixel.
_FREE_BYTES, _BYTES_PER_PIXEL = 100_000_000, 10


class Refusal(Exception):
    """reason: "damaged", "large" (too many pixels), "dear" (too much memory or work), or "missing" (a package)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def limit_memory(max_pixels: int, nbytes: int) -> None:
    """Let the process grow by what a picture of so many pixels, from so many bytes, needs."""
    if (size := _addresses()) is not None:
        _set_addresses(size + _FREE_BYTES + _BYTES_PER_PIXEL * max_pixels + nbytes)


def free_memory() -> None:
    """End the limit: a library that is imported takes addresses of its own."""
    _set_addresses(resource.RLIM_INFINITY)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Processor time of all threads together; SIGPROF then ends the process."""
    allow(seconds)
    try:
        yield
    finally:
        allow(0)


def allow(seconds: float) -> None:
    """So much processor time from now on; 0: as much as it takes."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _addresses() -> int | None:
    """Bytes that the process has now; None where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return None


def _set_addresses(soft: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
