"""Mixed requests for as long as it takes a leak to show: formats, sizes, answers as pictures, videos, bad ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.drills.asking import FORMATS, Question, ask, crowd, example, open_client, shuffled
from tests.handlers.video.films import film
from tests.support.server import Server

SLOPE_MB = 5.0  # per 1,000 requests
EVERY = 25  # requests between two looks at the memory


@dataclass(frozen=True)
class Memory:
    """warm_mb: after the warm-up, in which every model's memory has met as many pictures at once as there are
    processors; slope_mb: per 1,000 requests after it, by least squares.
    """

    requests: int
    clients: int
    failed: int
    warm_mb: float
    peak_mb: float
    slope_mb: float

    def faults(self) -> list[str]:
        return [f"{self.failed} failed"] if self.failed else []

    def missed(self) -> list[str]:
        found = [f"grows by {self.slope_mb} MB per 1,000 requests"] if self.slope_mb >= SLOPE_MB else []
        return found + (["peak is 1.5 times the start"] if self.peak_mb > 1.5 * self.warm_mb else [])


def questions() -> dict[Question, int]:
    """Questions and the status of their answers."""
    good = [Question(example(name, kind)) for kind in FORMATS for name in ("shapes.jpg", "portrait.jpg")]
    good += [Question(example(name)) for name in ("crowd.jpg", "large.jpg", "panorama.jpg", "one.jpg")]
    good += [
        Question(example(), f"/api/models/shapes-{task}/predict", (("format", answer),))
        for task in ("segment", "pose", "obb", "classify")
        for answer in ("json", "image_and_json")
    ]
    good += [Question(film("mp4v.mp4")), Question(film("MJPG.avi"), fields=(("vid_stride", "5"),))]
    bad = [Question(b"no picture"), Question(example()[:5000]), Question(example(), fields=(("conf", "high"),))]
    return dict.fromkeys(good, 200) | dict.fromkeys(bad, 400)


def run(folder: Path, *, warm_up: int, requests: int, clients: int) -> Memory:
    """warm_up: how often each question is asked before, first by all clients side by side, then as often mixed."""
    expected = questions()
    seen: list[tuple[int, float]] = []
    with Server(folder) as server, open_client(server, clients) as client:
        alike = [question for question in expected for _ in range(warm_up)]
        warm = alike + shuffled(alike, len(alike), seed=2)
        crowd(clients, lambda question: ask(client, question), warm, "warm-up")
        warm_mb = server.resident() / 1e6

        def call(numbered: tuple[int, Question]) -> bool:
            number, question = numbered
            good = ask(client, question).status == expected[question]
            if number % EVERY == 0:
                seen.append((number, server.resident() / 1e6))
            return good

        good = crowd(clients, call, list(enumerate(shuffled(list(expected), requests))), "memory")
    slope = np.polyfit([number for number, _ in seen], [mb for _, mb in seen], 1)[0]
    peak = max(mb for _, mb in seen)
    return Memory(
        requests, clients, good.count(False), round(warm_mb, 1), round(peak, 1), round(float(slope) * 1000, 2)
    )
