"""Who may work now, who waits, and who is sent away: so many predictions at once, so many in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from handlers.errors import TooMany


class Places:
    """at_once: predictions that may run side by side; queue: requests that may wait behind them."""

    def __init__(self, at_once: int, queue: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._most = at_once + queue
        self._admitted = 0
        self.running = 0

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Count a request in until it is answered; TooMany where the queue is full."""
        if self._admitted >= self._most:
            raise TooMany("Too many requests are waiting; try again in a moment.", {"Retry-After": "1"})
        self._admitted += 1
        try:
            yield
        finally:
            self._admitted -= 1

    @property
    def waiting(self) -> int:
        """Requests that were let in and do not predict just now."""
        return max(0, self._admitted - self.running)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for one's turn to predict: `async with places.slot()`."""
        async with self._slots:
            self.running += 1
            try:
                yield
            finally:
                self.running -= 1
