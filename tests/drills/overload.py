"""More at once than there are places: so many are answered, the others sent away at once with 429 and Retry-After."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from tests.drills.asking import Question, Said, ask, crowd, example, open_client, truths
from tests.support.server import Server


@dataclass(frozen=True)
class Overload:
    at_once: int
    places: int
    answered: int
    sent_away: int
    other: int
    after: int

    def faults(self) -> list[str]:
        found = [f"{self.other} neither answered rightly nor sent away with Retry-After"] if self.other else []
        found += ["fewer answered than there are places"] if self.answered < self.places else []
        found += ["nobody was sent away"] if not self.sent_away else []
        return found + ([f"{self.after} afterwards"] if self.after != 200 else [])

    def missed(self) -> list[str]:
        return []


def run(folder: Path, *, at_once: int, queue: int) -> Overload:
    question = Question(example("large.jpg"))
    together = threading.Barrier(at_once)

    def call(client_question: Question) -> Said:
        together.wait()
        return ask(client, client_question)

    with Server(folder, CONCURRENCY="1", QUEUE=str(queue)) as server, open_client(server, at_once) as client:
        right = truths(client, [question])[question]
        said = crowd(at_once, call, [question] * at_once, "overload")
        after = ask(client, question).status
    answered = sum(one.status == 200 and one.core == right for one in said)
    sent_away = sum(one.status == 429 and one.retry_after is not None for one in said)
    return Overload(at_once, queue + 1, answered, sent_away, at_once - answered - sent_away, after)
