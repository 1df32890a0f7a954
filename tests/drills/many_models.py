"""Many models where there is room for few, in a random order: each answer is its own model's, and memory is bounded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model_cache.builtin import WEIGHTS
from model_cache.model import open_model
from tests.drills.asking import Question, ask, crowd, example, open_client, shuffled, truths
from tests.drills.stores import bucket_of, served_from, weights
from tests.support import gcs

TASKS = ("detect", "segment", "obb", "classify")


@dataclass(frozen=True)
class ManyModels:
    """loads: of a model from the bucket, all told; kept: models in memory when nobody asks any more;
    grown_mb: of memory, at most, over that after each model was loaded once.
    """

    models: int
    room: int
    clients: int
    requests: int
    failed: int
    wrong: int
    loads: int
    kept: int
    grown_mb: float

    def faults(self) -> list[str]:
        found = [f"{self.failed} failed, {self.wrong} wrong"] if self.failed or self.wrong else []
        return found + ([f"{self.kept} models are kept"] if self.kept > self.room + 1 else [])

    def missed(self) -> list[str]:
        return [f"grew by {self.grown_mb} MB"] if self.grown_mb > 150 else []


def renamed(task: str, number: int) -> bytes:
    """Weights of which a class has a name of its own, as long as the one that it replaces."""
    data = weights(f"shapes-{task}")
    assert data.count(b"'ellipse'") == 1
    return data.replace(b"'ellipse'", f"'model{number:02}'".encode())


def run(folder: Path, *, models: int, room: int, requests: int, clients: int) -> ManyModels:
    bucket = bucket_of({f"m{n}": renamed(TASKS[n % 4], n) for n in range(models)})
    largest = max(open_model(WEIGHTS / f"shapes-{task}.onnx").nbytes for task in TASKS)
    environment = {"CACHE_MB": f"{room * largest / 1e6:.3f}"}
    seen = []
    with (
        gcs.serve(bucket),
        served_from(bucket, folder, **environment) as server,
        open_client(server, clients) as client,
    ):
        right = truths(client, [Question(example(), f"/api/models/m{n}/predict") for n in range(models)])
        start = server.resident()
        asked = shuffled(list(right), requests)

        def call(question: Question) -> tuple[int, bool]:
            said = ask(client, question)
            seen.append(server.resident() - start)
            return said.status, said.core == right[question]

        said = crowd(clients, call, asked, "many models")
        kept = len(client.get("/health").json()["models"])
    return ManyModels(
        models,
        room,
        clients,
        requests,
        failed=sum(status != 200 for status, _ in said),
        wrong=sum(status == 200 and not same for status, same in said),
        loads=bucket.calls["media"],
        kept=kept,
        grown_mb=round(max(seen) / 1e6, 1),
    )
