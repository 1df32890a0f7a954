"""Clients that go away, in the middle of an upload or while they wait: their places are free soon, nothing is kept."""

from __future__ import annotations

import select
import socket
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import httpx
from tqdm import tqdm

from tests.drills.asking import Question, ask, example, on_the_wire, open_client
from tests.support.server import Server

QUEUE = 8
PATIENCE_S = 10.0
FREE_S = 1.0
GROWN_MB = 20.0
ORDINARY = Question(example("one.jpg"))


@dataclass(frozen=True)
class Disconnect:
    """free_s: from when those who waited went to the next one's answer; grown_mb: of memory by aborted uploads."""

    aborted: int
    failed: int
    grown_mb: float
    left_waiting: int
    free_s: float

    def faults(self) -> list[str]:
        found = [f"{self.failed} failed"] if self.failed else []
        return found + ([f"places were not free in {PATIENCE_S} s"] if self.free_s >= PATIENCE_S else [])

    def missed(self) -> list[str]:
        found = [f"places were free after {self.free_s} s"] if self.free_s >= FREE_S else []
        return found + ([f"grew by {self.grown_mb} MB"] if self.grown_mb > GROWN_MB else [])


def run(folder: Path, *, aborted: int, video: bytes) -> Disconnect:
    """video: takes far longer than PATIENCE_S where nobody stops it."""
    environment = {"CONCURRENCY": "1", "QUEUE": str(QUEUE), "MAX_VIDEO_FRAMES": "1000000"}
    with Server(folder, **environment) as server, open_client(server, 4) as client:
        statuses = [ask(client, ORDINARY).status for _ in range(20)]
        _abort(server, client, 20)
        start = server.resident()
        _abort(server, client, aborted)
        statuses.append(ask(client, ORDINARY).status)
        grown = server.resident() - start
        free_s = _leave_the_queue(server, client, video)
        statuses.append(ask(client, ORDINARY).status)
    return Disconnect(
        aborted, sum(status != 200 for status in statuses), round(grown / 1e6, 1), QUEUE + 1, round(free_s, 2)
    )


def _abort(server: Server, client: httpx.Client, times: int) -> None:
    """Uploads of which half comes, not so many at once that they alone would fill the memory."""
    body = example("large.jpg")
    head = f"POST /predict HTTP/1.1\r\nHost: drill\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    for number in tqdm(range(times), "disconnect", disable=None, leave=False):
        with closing(socket.create_connection(("127.0.0.1", server.port), 10)) as upload:
            upload.sendall(head + body[: len(body) // 2])
        if number % 10 == 9:
            ask(client, ORDINARY)  # answered after these were read


def _leave_the_queue(server: Server, client: httpx.Client, video: bytes) -> float:
    """Take all places with long work, go, and say after how many seconds another is answered."""
    message = on_the_wire(client, video)
    with ExitStack() as stack:
        waiting = []
        for _ in range(QUEUE + 2):
            waiting.append(stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), 10))))
            waiting[-1].sendall(message)
        answered, _, _ = select.select(waiting, [], [], PATIENCE_S)
        # The one too many was sent away, so that all the others are in.
        assert [one.recv(12) for one in answered] == [b"HTTP/1.1 429"]
    began = perf_counter()
    while ask(client, ORDINARY).status != 200 and perf_counter() < began + PATIENCE_S:
        pass
    return perf_counter() - began
