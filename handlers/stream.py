"""Long work, one step at a time, so that short requests are answered between; and its answer in lines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import orjson
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from handlers.errors import ApiError
from handlers.hold import Hold
from handlers.places import Places

TURN = object()  # an entry that is none: what follows is done in the next turn
_END = object()


class Steps:
    """A generator's entries, each made in a thread of the pool and in a turn of its own."""

    def __init__(self, entries: Generator[Any, None, None], pool: ThreadPoolExecutor, places: Places) -> None:
        self._entries = entries
        self._pool = pool
        self._places = places
        # A client may go while a step is being made; the generator is closed once that is done.
        self._lock = threading.Lock()

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            async with self._places.slot():
                entry = await asyncio.get_running_loop().run_in_executor(self._pool, self._next)
            if entry is _END:
                return
            if entry is not TURN:
                yield entry

    def close(self) -> Future[None]:
        """Let go of what the generator holds, its files and its lease of the model, once no step is being made."""
        return self._pool.submit(self._close)

    def _next(self) -> Any:
        with self._lock:
            return next(self._entries, _END)

    def _close(self) -> None:
        with self._lock:
            self._entries.close()


class Lines(StreamingResponse):
    """Entries as lines of JSON, each sent when it is made.

    A failure after the first line is a last line, {"error": ...}: the status has been sent by then. So is the
    server's end; where it is the client that has gone, nobody reads that.
    hold: what is let go of when the last line is sent, or the client is gone.
    """

    def __init__(self, entries: AsyncIterator[Any], explain: Callable[[BaseException], ApiError], hold: Hold) -> None:
        self._hold = hold
        super().__init__(self._lines(entries, explain), media_type="application/x-ndjson")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._hold:
            await super().__call__(scope, receive, send)

    async def _lines(
        self, entries: AsyncIterator[Any], explain: Callable[[BaseException], ApiError]
    ) -> AsyncIterator[bytes]:
        try:
            async for entry in entries:
                yield orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
        except (Exception, asyncio.CancelledError) as error:
            yield orjson.dumps({"error": explain(error).message}, option=orjson.OPT_APPEND_NEWLINE)


async def chain(first: Any, others: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for entry in others:
        yield entry
