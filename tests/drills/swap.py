"""A model's file is replaced while many ask for it: every answer is wholly the old model's or wholly the new one's."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
from tqdm import tqdm

from tests.drills.asking import Question, ask, example, open_client, truths
from tests.drills.stores import weights
from tests.support.server import Server

POLL_S = 0.2
LIMIT_S = 30.0
QUESTION = Question(example("one.jpg"), "/api/models/m/predict")


@dataclass(frozen=True)
class Heard:
    """When it was asked and answered, and what was said."""

    asked: float
    answered: float
    status: int
    core: Any


@dataclass(frozen=True)
class Swap:
    """stale: asked after the first answer of the new model, and answered by the old one; noticed_s: the longest."""

    swaps: int
    clients: int
    answered: int
    failed: int
    mixed: int
    stale: int
    noticed_s: float

    def faults(self) -> list[str]:
        counts = {"failed": self.failed, "mixed": self.mixed, "stale": self.stale}
        found = [f"{count} {what}" for what, count in counts.items() if count]
        return found + ([f"a new model was not noticed in {LIMIT_S} s"] if self.noticed_s >= LIMIT_S else [])

    def missed(self) -> list[str]:
        return []


def run(folder: Path, *, swaps: int, clients: int) -> Swap:
    store = folder / "models"
    store.mkdir()
    turns = ("shapes-detect", "shapes-segment")
    heard: list[Heard] = []
    periods: list[tuple[float, float, Any]] = []  # from when to when nothing but this may be said
    noticed = 0.0
    with ExitStack() as stack:
        _replace(store, turns[1])
        server = stack.enter_context(Server(folder, MODEL_STORE=str(store), STORE_POLL_S=str(POLL_S)))
        client = stack.enter_context(open_client(server, clients + 1))
        old = truths(client, [QUESTION])[QUESTION]
        _replace(store, turns[0])
        while (new := truths(client, [QUESTION])[QUESTION]) == old:
            pass
        right = [truths(client, [QUESTION])[QUESTION], old]
        assert new == right[0]
        stack.enter_context(_asking(client, clients, heard))
        for turn in tqdm(range(1, swaps + 1), "swap", disable=None, leave=False):
            _replace(store, turns[turn % 2])
            began = perf_counter()
            while (now := perf_counter()) < began + LIMIT_S and ask(client, QUESTION).core != right[turn % 2]:
                pass
            noticed, since = max(noticed, now - began), perf_counter()
            enough = len(heard) + 3 * clients
            while len(heard) < enough:
                ask(client, QUESTION)
            periods.append((since, perf_counter(), right[turn % 2]))
    return Swap(
        swaps,
        clients,
        len(heard),
        failed=sum(one.status != 200 for one in heard),
        mixed=sum(one.status == 200 and one.core not in right for one in heard),
        stale=sum(
            start < one.asked and one.answered < end and one.status == 200 and one.core != new
            for start, end, new in periods
            for one in heard
        ),
        noticed_s=round(noticed, 2),
    )


def _replace(store: Path, name: str) -> None:
    (store / "new").write_bytes(weights(name))
    os.replace(store / "new", store / "m.onnx")


@contextmanager
def _asking(client: httpx.Client, callers: int, heard: list[Heard]) -> Iterator[None]:
    """So many callers who ask again and again inside the with block."""
    done = threading.Event()

    def call() -> None:
        while not done.is_set():
            asked = perf_counter()
            said = ask(client, QUESTION)
            heard.append(Heard(asked, perf_counter(), said.status, said.core))

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
