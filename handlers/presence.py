"""Whether the client is still there. Work for one that has gone is given up: others wait for its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request


@asynccontextmanager
async def present(request: Request) -> AsyncIterator[None]:
    """Cancel what is inside the with block when the client goes; ClientDisconnect.

    The request's body must have been read, and its answer not be begun: both ask the server for its next message.
    """
    gone = False
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("Only a task can be cancelled.")

    async def watch() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError as error:
        # Someone else may have cancelled as well, the server that is stopping: then this is not ours to end.
        if gone and not task.uncancel():
            raise ClientDisconnect from error
        raise
    finally:
        watcher.cancel()
