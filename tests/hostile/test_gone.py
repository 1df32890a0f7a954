"""Clients that leave, or stop to read, while the service works or waits for them: others get their places."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

import httpx
import pytest

from model_cache.builtin import EXAMPLES
from tests.hostile.case import PICTURE
from tests.hostile.guard import PATIENCE_S
from tests.support.server import Server

PLACES = 4
LINES = 40
LAST = b"\r\n0\r\n\r\n"  # of a chunked answer that is whole
LARGE = (EXAMPLES / "shapes.jpg").read_bytes()


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[tuple[Server, httpx.Client]]:
    with (
        Server(folder, CONCURRENCY="1", QUEUE=str(PLACES - 1), **environment) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_S, trust_env=False) as client,
    ):
        assert client.get("/health", params={"load": "1"}).status_code == 200
        yield server, client


def connect(server: Server) -> socket.socket:
    """A connection on which the system reads hardly more than its owner."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(PATIENCE_S)
    connection.connect(("127.0.0.1", server.port))
    return connection


def send(server: Server, message: bytes, times: int, stack: ExitStack) -> list[socket.socket]:
    """So many clients who read nothing."""
    waiting = []
    for _ in range(times):
        waiting.append(stack.enter_context(connect(server)))
        waiting[-1].sendall(message)
    return waiting


def ask(client: httpx.Client) -> int:
    return client.post("/predict", files={"file": PICTURE}).status_code


def answered(client: httpx.Client) -> bool:
    """Whether an ordinary request gets its answer before long."""
    end = monotonic() + PATIENCE_S
    while (status := ask(client)) == 429 and monotonic() < end:
        pass
    return status == 200


@pytest.fixture(params=[64, 0], ids=["answer", "connection"])
def silent(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a site that never answers, or whose queue of connections is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=request.param) as listener, ExitStack() as stack:
        for _ in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_who_leaves_while_urls_are_fetched_frees_place_and_thread(silent: int, tmp_path: Path) -> None:
    limits = {"BODY_TIMEOUT_S": "3000", "URL_TIMEOUT_S": "300", "URL_ALLOW": f"127.0.0.1:{silent}"}
    with serving(tmp_path, **limits) as (server, client):
        body = json.dumps({"source": [f"http://127.0.0.1:{silent}/"] * LINES}).encode()
        head = f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        for _ in range(2):
            with ExitStack() as stack:
                waiting = send(server, head.encode() + b"\r\n\r\n" + body, PLACES + 1, stack)
                # The one too many is sent away, so that all the others are in.
                refused, _, _ = select.select(waiting, [], [], PATIENCE_S)
                assert [one.recv(12) for one in refused] == [b"HTTP/1.1 429"]
            assert answered(client)
        assert "Traceback" not in server.log()


def lines(client: httpx.Client) -> bytes:
    """A request for more than the system keeps of an answer that nobody reads."""
    request = client.build_request(
        "POST",
        "/predict",
        files=[("file", LARGE)] * LINES,
        data={"format": "image_and_json"},
        headers={"Accept": "application/x-ndjson"},
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST /predict HTTP/1.1\r\n{head}\r\n".encode() + request.read()


def admitted(client: httpx.Client) -> bool:
    """Whether any request is in."""
    counted = client.get("/metrics").text.splitlines()
    return not {"yolo_queue_length{} 0", "yolo_predictions_running{} 0"}.issubset(counted)


def rest(connection: socket.socket) -> bytes:
    """What can still be read."""
    said = b""
    with suppress(ConnectionResetError):
        while block := connection.recv(65_536):
            said += block
    return said


def test_who_does_not_read_is_given_up(tmp_path: Path) -> None:
    with serving(tmp_path, BODY_TIMEOUT_S="1") as (server, client), ExitStack() as stack:
        waiting = send(server, lines(client), PLACES, stack)
        for connection in waiting:
            assert connection.recv(12) == b"HTTP/1.1 200"
        end = monotonic() + PATIENCE_S
        while admitted(client) and monotonic() < end:
            pass
        assert answered(client)
        assert not any(rest(connection).endswith(LAST) for connection in waiting)


def test_who_reads_slowly_gets_it_all(tmp_path: Path) -> None:
    """However long it takes altogether."""
    with serving(tmp_path, BODY_TIMEOUT_S="3") as (server, client), connect(server) as connection:
        connection.sendall(lines(client))
        said, pause, began = b"", Event(), monotonic()
        while not said.endswith(LAST):
            pause.wait(0.15)
            more = len(said) + 150_000
            while len(said) < more and not said.endswith(LAST):
                block = connection.recv(65_536)
                assert block, len(said)
                said += block
    assert said.count(b"}\n\r\n") == LINES
    assert monotonic() - began > 3
