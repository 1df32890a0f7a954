"""Requests that no well-behaved client library sends: cut, half-sent, slow, announced and not sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path

import httpx
import pytest

from tests.hostile.case import PICTURE
from tests.hostile.guard import PATIENCE_S, Guard
from tests.support.server import Server

HEAD = b"POST /predict HTTP/1.1\r\nHost: a\r\n"


def exchange(port: int, data: bytes, *, close: bool = False) -> bytes:
    """What the server says to these bytes, until it closes or has nothing to say for a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_WR)
        said = b""
        while b"\r\n\r\n" not in said and (block := connection.recv(65_536)):
            said += block
        return said


def status(said: bytes) -> int:
    return int(said.split()[1]) if said else 0


@pytest.mark.parametrize("length", [b"10000000000", b"100000001", b"9" * 19])
def test_a_length_that_is_too_large_is_refused_before_the_body(length: bytes, guard: Guard) -> None:
    said = exchange(guard.client.base_url.port or 0, HEAD + b"Content-Length: " + length + b"\r\n\r\n")
    assert status(said) == 413
    guard.ordinary()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: -1",
        b"Content-Length: 1e3",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: " + b"9" * 5000,
        b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"X: " + b"x" * 100_000,
        b"\r\n".join(b"X%d: y" % n for n in range(20_000)),
        b" folded: header",
        b"No colon",
        b"Nul: \0",
    ],
    ids=lambda head: head[:30],
)
def test_broken_headers(head: bytes, guard: Guard) -> None:
    """The server's own parser refuses them, in its own words."""
    said = exchange(guard.client.base_url.port or 0, HEAD + head + b"\r\n\r\nhello")
    assert 400 <= status(said) < 500 or status(said) == 501
    assert b"Traceback" not in said
    guard.ordinary()


@pytest.mark.parametrize("size", [b"zz", b"F" * 21, b"-5", b""])
def test_broken_chunks(size: bytes, guard: Guard) -> None:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    assert status(exchange(guard.client.base_url.port or 0, head + size + b"\r\nhello\r\n")) in (0, 400)
    guard.ordinary()


@pytest.mark.parametrize("part", [0, 1, len(PICTURE) // 2, len(PICTURE) - 1])
def test_a_caller_who_goes_midway(part: int, guard: Guard) -> None:
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(PICTURE)
    exchange(guard.client.base_url.port or 0, head + PICTURE[:part], close=True)
    guard.ordinary()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of small bodies, of which four may be held, and little patience."""
    folder: Path = tmp_path_factory.mktemp("small")
    with Server(folder, MAX_BODY_MB="1", BODY_TIMEOUT_S="2") as running, running.client() as client:
        assert client.get("/health", params={"load": "1"}).status_code == 200
        yield running


def held(port: int, sent: int) -> socket.socket:
    """A request of 1 MB of which so many bytes are sent, and no more."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    connection.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n" + bytes(sent))
    return connection


def ask(server: Server) -> httpx.Response:
    with server.client() as client:
        return client.post("/predict", files={"file": PICTURE})


def test_many_large_bodies_at_once_leave_no_room(small: Server) -> None:
    """The fifth is refused, and told when to come again; when they are gone, all is well."""
    with ExitStack() as stack:
        # The last byte is missing: all others are there, and nobody has to wait for anything.
        for _ in range(4):
            stack.enter_context(held(small.port, 999_999))
        while (refused := ask(small)).status_code == 200:  # until the last of them has been read
            pass
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        assert set(refused.json()) == {"error"}
    while ask(small).status_code != 200:  # until the server has noticed that they are gone
        pass


def test_bodies_that_are_announced_and_not_sent_keep_nobody_out(small: Server) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(held(small.port, 100))
        assert ask(small).status_code == 200


@pytest.mark.parametrize("before", [b"", b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"], ids=["first", "next"])
def test_a_slow_head_is_given_up(before: bytes, small: Server) -> None:
    """However steadily it trickles in."""
    with socket.create_connection(("127.0.0.1", small.port), timeout=0.1) as connection:
        connection.sendall(before + HEAD)
        said, sent = b"", 0
        while b" 400 " not in said and sent < 10 * PATIENCE_S:
            try:
                said += connection.recv(65_536)
            except TimeoutError:
                sent += connection.send(b"x")
        connection.settimeout(PATIENCE_S)
        said += b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b"The request's head did not arrive within 2 seconds." in said


def test_a_connection_that_says_nothing_is_closed(small: Server) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=PATIENCE_S) as connection:
        assert connection.recv(1) == b""
    assert ask(small).status_code == 200


def test_a_slow_body_is_given_up(small: Server) -> None:
    with held(small.port, 100) as connection, HTTPResponse(connection) as answer:
        answer.begin()
        assert answer.status == 408
        assert set(json.loads(answer.read())) == {"error"}
