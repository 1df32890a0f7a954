from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from handlers.places import Places
from handlers.stream import TURN, Steps


def test_turns_are_no_entries() -> None:
    def entries() -> Generator[Any, None, None]:
        yield from (TURN, 1, TURN, TURN, 2, TURN)

    async def read() -> list[Any]:
        with ThreadPoolExecutor(1) as pool:
            return [entry async for entry in Steps(entries(), pool, Places(1, 1))]

    assert asyncio.run(read()) == [1, 2]


def test_long_work_without_an_entry_ends_when_its_caller_goes() -> None:
    begun, ended = threading.Event(), threading.Event()

    def entries() -> Generator[Any, None, None]:
        try:
            while True:
                begun.set()
                yield TURN
        finally:
            ended.set()

    async def leave() -> None:
        steps = Steps(entries(), pool, Places(1, 1))
        reading = asyncio.ensure_future(anext(aiter(steps)))
        await asyncio.to_thread(begun.wait)
        reading.cancel()
        steps.close()

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(leave())
    assert ended.is_set()
