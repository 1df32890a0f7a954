"""Many clients with pictures of six formats: none is refused, and every answer is the one that it gets alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.drills.asking import FORMATS, Question, ask, crowd, example, milliseconds, open_client, shuffled, truths
from tests.support.server import Server


@dataclass(frozen=True)
class Load:
    requests: int
    clients: int
    failed: int
    wrong: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float

    def faults(self) -> list[str]:
        return [f"{self.failed} failed, {self.wrong} wrong"] if self.failed or self.wrong else []

    def missed(self) -> list[str]:
        return ["p99 is 5 times p50 or more"] if self.p99_ms >= 5 * self.p50_ms else []


def run(folder: Path, *, requests: int, clients: int) -> Load:
    with Server(folder) as server, open_client(server, clients) as client:
        right = truths(client, [Question(example(kind=kind)) for kind in FORMATS])
        asked = shuffled(list(right), requests)
        began = perf_counter()
        said = crowd(clients, lambda question: ask(client, question), asked, "load")
        seconds = perf_counter() - began
    times = [one.seconds for one in said]
    return Load(
        requests,
        clients,
        failed=sum(one.status != 200 for one in said),
        wrong=sum(one.status == 200 and one.core != right[question] for one, question in zip(said, asked, strict=True)),
        per_second=round(requests / seconds, 1),
        p50_ms=milliseconds(times, 50),
        p95_ms=milliseconds(times, 95),
        p99_ms=milliseconds(times, 99),
    )
