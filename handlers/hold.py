"""What one request has taken: its place, its turn, its share of the room, and the threads that work for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AsyncExitStack
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


class Hold:
    """All is let go of when the `async with` block ends or, where a thread is still at work for a client that has
    gone, when that is done: a thread cannot be stopped, and until then nobody else could have it.
    """

    def __init__(self) -> None:
        self.taken = AsyncExitStack()
        self._endings: list[Callable[[], None]] = []
        self._jobs: set[Future[Any]] = set()
        self._lent = self._over = False
        self._last: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Hold:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._lent:
            self._lent = False
            return
        self._over = True
        for ending in self._endings:
            ending()
        if not self._jobs:
            await self.taken.aclose()

    def lend(self) -> Hold:
        """Itself, for another block: the present one will not let go."""
        self._lent = True
        return self

    def at_end(self, ending: Callable[[], None]) -> None:
        """To be called when the block ends, to bring what is still at work to its end as well."""
        self._endings.append(ending)

    async def run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        """What work says, done in a thread of the pool."""

        def wanted() -> T:
            if self._over:
                raise CancelledError
            return work()

        job = pool.submit(copy_context().run, wanted)
        self.wait_for(job)
        answer = asyncio.wrap_future(job)
        # What goes wrong once nobody waits for it is no news.
        answer.add_done_callback(lambda answer: answer.cancelled() or answer.exception())
        return await asyncio.shield(answer)

    def wait_for(self, job: Future[Any]) -> None:
        """Let go of nothing before this job is done, be it at work or still waiting for a thread."""
        loop = asyncio.get_running_loop()
        self._jobs.add(job)

        def done(job: Future[Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._done, job)

        job.add_done_callback(done)

    def _done(self, job: Future[Any]) -> None:
        self._jobs.discard(job)
        if self._over and not self._jobs:
            self._last = asyncio.get_running_loop().create_task(self.taken.aclose())
