"""Fetches that nobody waits for any more, wherever they are just now."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from handlers.errors import BadRequest
from handlers.fetch import Cancellation, fetch_image
from tests.handlers.fetch.site import Site, answer

HOUR_S = 3600


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n", answer(b"half", content_length="8")])
def test_one_that_waits_for_an_answer_ends(begun: bytes) -> None:
    arrived, cancellation = Event(), Cancellation()

    def stall(connection: socket.socket, closing: Event) -> None:
        connection.sendall(begun)
        arrived.set()
        connection.recv(1)

    with Site({"/": stall}) as site, ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(
            fetch_image, site.url, max_bytes=99, timeout_s=HOUR_S, allow=site.allowed, cancellation=cancellation
        )
        assert arrived.wait(10)
        cancellation.cancel()
        assert isinstance(fetching.exception(10), BadRequest)


def test_one_that_shakes_hands_ends() -> None:
    """With somebody who accepts the connection and says nothing."""
    cancellation = Cancellation()
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        host = listener.getsockname()
        url = f"https://127.0.0.1:{host[1]}/"
        fetching = pool.submit(
            fetch_image, url, max_bytes=99, timeout_s=HOUR_S, allow=frozenset({host}), cancellation=cancellation
        )
        connection = listener.accept()[0]
        with connection:
            assert connection.recv(1)  # of its greeting
            cancellation.cancel()
            assert isinstance(fetching.exception(10), BadRequest)


def test_one_that_is_cancelled_before_asks_nobody() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with Site({"/": answer(b"picture")}) as site, pytest.raises(BadRequest):
        fetch_image(site.url, max_bytes=99, timeout_s=HOUR_S, allow=site.allowed, cancellation=cancellation)
    assert not site.requests
