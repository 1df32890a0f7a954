"""How many bytes all requests together may hold, so that many large bodies at once do not fill the memory.

Bytes count when they are there, and not when they are announced: otherwise four callers who send nothing would
keep all others out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from handlers.errors import TooMany


class Room:
    def __init__(self, most: int) -> None:
        """most: bytes."""
        self._left = most
        self._lock = threading.Lock()

    @contextmanager
    def share(self) -> Iterator[Share]:
        """What one request takes, until the with block ends."""
        share = Share(self)
        try:
            yield share
        finally:
            self.take(-share.taken)

    def take(self, count: int) -> None:
        """Raises TooMany where there is not as much left."""
        with self._lock:
            self.fits(count)
            self._left -= count

    def fits(self, count: int) -> None:
        if count > self._left:
            raise TooMany("Too many large requests are being read; try again in a moment.", {"Retry-After": "1"})


class Share:
    """taken: bytes."""

    def __init__(self, room: Room) -> None:
        self.taken = 0
        self._room = room

    def add(self, count: int) -> None:
        """Take as many bytes more; raises TooMany."""
        self._room.take(count)
        self.taken += count

    def expect(self, count: int) -> None:
        """Take nothing, but raise TooMany if as many bytes could not be taken now."""
        self._room.fits(count)
