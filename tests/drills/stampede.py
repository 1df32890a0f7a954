"""Many first requests at a cold server with its weights in a bucket: one download serves them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.drills.asking import Question, Said, ask, crowd, example, open_client
from tests.drills.stores import bucket_of, served_from
from tests.support import gcs


@dataclass(frozen=True)
class Stampede:
    clients: int
    failed: int
    downloads: int
    alone_s: float
    slowest_s: float

    def faults(self) -> list[str]:
        found = [f"{self.failed} failed"] if self.failed else []
        return found + ([f"{self.downloads} downloads"] if self.downloads != 1 else [])

    def missed(self) -> list[str]:
        return ["the slowest took 2 s longer than one alone"] if self.slowest_s > self.alone_s + 2 else []


def run(folder: Path, *, clients: int) -> Stampede:
    alone, _ = _first(folder / "alone", 1)
    together, downloads = _first(folder / "together", clients)
    return Stampede(
        clients,
        failed=sum(one.status != 200 or one.core != alone[0].core for one in together),
        downloads=downloads,
        alone_s=round(alone[0].seconds, 3),
        slowest_s=round(max(one.seconds for one in together), 3),
    )


def _first(folder: Path, clients: int) -> tuple[list[Said], int]:
    """The answers to the first requests of a server that has loaded nothing ahead, and the downloads made."""
    folder.mkdir()
    bucket = bucket_of({"a": "shapes-detect", "b": "shapes-pose"})  # of two models none is the default one
    question = Question(example(), "/api/models/a/predict")
    with gcs.serve(bucket), served_from(bucket, folder) as server, open_client(server, clients) as client:
        said = crowd(clients, lambda question: ask(client, question), [question] * clients, "stampede")
        return said, bucket.calls["media"]
