"""Clients that go while their request is at work, as the server tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from handlers.presence import present

Client = asyncio.Queue[Message]


def run(test: Callable[[Request, Client], Awaitable[None]]) -> None:
    """The test, and that it leaves no task behind."""

    async def whole() -> None:
        client: Client = asyncio.Queue()
        await test(Request({"type": "http"}, client.get), client)
        await asyncio.sleep(0)  # what was cancelled ends in the loop's next round
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


def test_client_that_goes_ends_the_waiting() -> None:
    async def test(request: Request, client: Client) -> None:
        place = asyncio.Semaphore(1)
        client.put_nowait({"type": "http.request"})  # servers may repeat the empty end of the body
        client.put_nowait({"type": "http.disconnect"})
        with pytest.raises(ClientDisconnect):
            async with place, present(request):
                await asyncio.Event().wait()
        assert not place.locked()
        await asyncio.sleep(0)  # the task goes on as if it had never been cancelled

    run(test)


def test_client_that_stays_is_not_watched_any_longer() -> None:
    async def test(request: Request, client: Client) -> None:
        async with present(request):
            await asyncio.sleep(0)
        client.put_nowait({"type": "http.disconnect"})
        await asyncio.sleep(0)
        assert client.qsize() == 1

    run(test)


def test_failure_inside_is_passed_on() -> None:
    async def test(request: Request, client: Client) -> None:
        with pytest.raises(ValueError, match="ours"):
            async with present(request):
                raise ValueError("ours")

    run(test)


@pytest.mark.parametrize("gone", [False, True])
def test_server_that_stops_is_another_thing(gone: bool) -> None:
    async def test(request: Request, client: Client) -> None:
        async def work() -> None:
            async with present(request):
                await asyncio.Event().wait()

        working = asyncio.create_task(work())
        await asyncio.sleep(0)
        working.cancel()
        if gone:
            client.put_nowait({"type": "http.disconnect"})
        with pytest.raises(asyncio.CancelledError):
            await working

    run(test)
