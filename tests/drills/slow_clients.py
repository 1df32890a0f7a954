"""Half-sent requests, headers or bodies, left open: an ordinary request is answered all the same, and soon."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from tests.drills.asking import Question, ask, example, open_client
from tests.support.server import Server

LIMIT_S = 1.0
HALVES = (
    b"POST /predict HTTP/1.1\r\nHost: drill\r\n",
    b"POST /predict HTTP/1.1\r\nHost: drill\r\nContent-Length: 100000\r\n\r\nhalf",
)


@dataclass(frozen=True)
class SlowClients:
    """ordinary_s: by the number of open ones."""

    failed: int
    ordinary_s: dict[str, float]

    def faults(self) -> list[str]:
        found = [f"{self.failed} failed"] if self.failed else []
        return found + [f"{s} s beside {many}" for many, s in self.ordinary_s.items() if s >= LIMIT_S]

    def missed(self) -> list[str]:
        return []


def run(folder: Path, *, open_ones: tuple[int, ...]) -> SlowClients:
    seconds, failed = {}, 0
    with Server(folder) as server, open_client(server, 1) as client, ExitStack() as stack:
        question = Question(example())
        assert ask(client, question).status == 200
        already = 0
        for many in open_ones:
            for number in range(already, many):
                half = stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), 10)))
                half.sendall(HALVES[number % 2])
            already = many
            with open_client(server, 1) as new:
                said = ask(new, question)
            failed += said.status != 200
            seconds[str(many)] = round(said.seconds, 3)
    return SlowClients(failed, seconds)
