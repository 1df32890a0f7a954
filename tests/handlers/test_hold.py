"""What a request has taken, and when it is let go of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from handlers.errors import TooMany
from handlers.hold import Hold
from handlers.places import Places


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as running:
        yield running


async def full(places: Places) -> bool:
    try:
        async with places.admitted():
            return False
    except TooMany:
        return True


def test_the_end_of_the_block_frees_the_place(pool: ThreadPoolExecutor) -> None:
    async def test() -> None:
        places = Places(1, 0)
        async with Hold() as hold:
            await hold.taken.enter_async_context(places.admitted())
            assert await hold.run(pool, lambda: 7) == 7
            assert await full(places)
        assert not await full(places)

    asyncio.run(test())


def test_a_block_that_lends_leaves_it_to_the_next(pool: ThreadPoolExecutor) -> None:
    async def test() -> None:
        places = Places(1, 0)
        async with Hold() as hold:
            await hold.taken.enter_async_context(places.admitted())
            lent = hold.lend()
        assert await full(places)
        async with lent:
            assert await full(places)
        assert not await full(places)

    asyncio.run(test())


@pytest.mark.parametrize("begun", [True, False], ids=["at work", "waiting for a thread"])
def test_a_thread_keeps_the_place_of_a_request_that_is_given_up(begun: bool, pool: ThreadPoolExecutor) -> None:
    at_work, finish, told = Event(), Event(), Event()

    def work() -> None:
        at_work.set()
        finish.wait(10)

    async def test() -> None:
        places = Places(1, 0)

        async def answer() -> None:
            async with Hold() as hold:
                hold.at_end(told.set)
                await hold.taken.enter_async_context(places.admitted())
                await hold.run(pool, work if begun else at_work.clear)

        if not begun:
            pool.submit(work)  # another's
        answering = asyncio.create_task(answer())
        await asyncio.to_thread(at_work.wait, 10)
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering  # at once: nobody has to wait for the thread
        assert told.is_set()
        assert await full(places)
        finish.set()
        async with asyncio.timeout(10):
            while await full(places):
                await asyncio.sleep(0)
        assert begun or at_work.is_set()  # what had not begun never does

    asyncio.run(test())
