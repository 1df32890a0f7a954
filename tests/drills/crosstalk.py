"""Callers with pictures, thresholds, sizes and models of their own at once: nobody gets another's answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.drills.asking import Question, ask, crowd, example, open_client, truths
from tests.support.server import Server

PICTURES = ("shapes.jpg", "crowd.jpg", "one.jpg", "portrait.jpg")
TASKS = ("detect", "detect", "segment", "obb")


@dataclass(frozen=True)
class Crosstalk:
    callers: int
    requests: int
    different: int
    wrong: int

    def faults(self) -> list[str]:
        return [f"{self.wrong} wrong"] if self.wrong else []

    def missed(self) -> list[str]:
        return []


def questions(callers: int) -> list[Question]:
    return [
        Question(
            example(PICTURES[number % 4]),
            f"/api/models/shapes-{TASKS[number // 2 % 4]}/predict",
            (("conf", f"{0.05 + 0.9 * number / callers:.2f}"), ("imgsz", str(320 + 64 * (number % 3)))),
        )
        for number in range(callers)
    ]


def run(folder: Path, *, callers: int, each: int) -> Crosstalk:
    with Server(folder) as server, open_client(server, callers) as client:
        right = truths(client, questions(callers))
        asked = list(right) * each  # in turn, so that all are under way at any time
        said = crowd(callers, lambda question: ask(client, question), asked, "crosstalk")
    return Crosstalk(
        callers,
        len(asked),
        different=len({repr(core) for core in right.values()}),
        wrong=sum(one.core != right[question] for one, question in zip(said, asked, strict=True)),
    )
