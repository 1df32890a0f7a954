"""SIGTERM under load: what was accepted is answered, the process is gone in time, and long work does not hold it."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from tests.drills.asking import PATIENCE, Question, ask, example, on_the_wire, open_client
from tests.support.server import Server

LIMIT_S = 10.0  # after which Cloud Run kills


@dataclass(frozen=True)
class Stop:
    """exit_s: the slowest of all; held_exit_s: while videos and a half-sent request would hold it for longer."""

    times: int
    clients: int
    answered: int
    lost: tuple[str, ...]
    exit_s: float
    held_exit_s: float
    held_status: int
    last_line: bool

    def faults(self) -> list[str]:
        found = list(self.lost)
        found += [f"exit after {s} s" for s in (self.exit_s, self.held_exit_s) if s >= LIMIT_S]
        found += [f"cut with {self.held_status}"] if self.held_status != 503 else []
        return found + ([] if self.last_line else ["lines were cut without a word"])

    def missed(self) -> list[str]:
        return []


def run(folder: Path, *, times: int, clients: int, video: bytes) -> Stop:
    heard: Counter[str] = Counter()
    slowest = max(_under_load(folder, clients, heard) for _ in tqdm(range(times), "stop", disable=None, leave=False))
    held_s, status, last_line = _held(folder, video)
    lost = tuple(what for what in heard.elements() if what.startswith("lost"))
    return Stop(times, clients, heard["answered"], lost, round(slowest, 2), round(held_s, 2), status, last_line)


def _under_load(folder: Path, clients: int, heard: Counter[str]) -> float:
    """Each caller has a new connection for every request; a refused one was never accepted, any other is."""
    stopped, enough = threading.Event(), threading.Semaphore(0)
    lock = threading.Lock()
    with Server(folder) as server, server.client() as one:
        assert one.get("/health?load=1").status_code == 200
        address = ("127.0.0.1", server.port)

        def call() -> None:
            what = ""
            while what != "refused" and not stopped.is_set():  # once it refuses, it refuses for good
                what = _request(address)
                with lock:
                    heard[what] += 1
                enough.release()

        callers = [threading.Thread(target=call) for _ in range(clients)]
        for caller in callers:
            caller.start()
        for _ in range(clients * 2):
            enough.acquire()
        seconds = server.stop()
        stopped.set()
        for caller in callers:
            caller.join()
    return seconds


def _request(address: tuple[str, int]) -> str:
    """One request on a connection of its own, and what became of it: answered, refused, or lost and how."""
    picture = example("one.jpg")
    try:
        connection = socket.create_connection(address, PATIENCE)
    except OSError:
        return "refused"
    with closing(connection):
        head = f"POST /predict HTTP/1.1\r\nHost: drill\r\nConnection: close\r\nContent-Length: {len(picture)}\r\n\r\n"
        try:
            connection.sendall(head.encode() + picture)
            answer = _all_of(connection)
        except OSError as error:
            return f"lost: {error!r}"
    whole = answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"}")
    return "answered" if whole else f"lost: {answer[:40]!r}"


def _held(folder: Path, video: bytes) -> tuple[float, int, bool]:
    """The seconds to the exit with long work and a half-sent body; the status that ends long work, and whether
    work that is answered in lines ends in one that says so.
    """
    with ExitStack() as stack:
        server = stack.enter_context(Server(folder, MAX_VIDEO_FRAMES="1000000"))
        client = stack.enter_context(open_client(server, 1))
        assert client.get("/health?load=1").status_code == 200
        messages = (
            b"POST /predict HTTP/1.1\r\nHost: drill\r\nContent-Length: 1000\r\n\r\nhalf",
            on_the_wire(client, video),
            on_the_wire(client, video, {"Accept": "application/x-ndjson"}),
        )
        callers = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), PATIENCE)))
            for _ in messages
        ]
        pool = stack.enter_context(ThreadPoolExecutor(len(callers)))
        answers = []
        for caller, message in zip(callers, messages, strict=True):
            caller.sendall(message)
            answers.append(pool.submit(_all_of, caller))
        # This one takes its turn between two frames of the videos.
        assert ask(client, Question(example("one.jpg"))).status == 200
        seconds = server.stop()
        _, whole, lines = (answer.result() for answer in answers)
    return seconds, int(whole[9:12] or 0), b'{"error":' in lines[-200:]


def _all_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))
