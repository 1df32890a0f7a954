"""A bucket that fails in every way: each has its status, none keeps a loaded model from answering, all are got over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
from tqdm import tqdm

from tests.drills.asking import Question, Said, ask, example, open_client
from tests.drills.stores import bucket_of, served_from, weights
from tests.support import gcs
from tests.support.gcs import Fault

LIMIT_S = 11.0  # ten in all, and the answer

# name -> the kind of request that fails, how, how often (0: until repaired), and the answer's status meanwhile
FAULTS: dict[str, tuple[str, Fault, int, int]] = {
    "403": ("media", Fault(403), 0, 503),
    "404": ("metadata", Fault(404), 0, 404),
    "500": ("media", Fault(500), 0, 503),
    "503 twice": ("media", Fault(503), 2, 200),
    "stall": ("media", Fault(stall=True), 0, 503),
    "cut at half": ("media", Fault(cut=True), 0, 503),
    "wrong length": ("media", Fault(short=True), 0, 503),
    "wrong checksum": ("media", Fault(damaged=True), 0, 503),
}


@dataclass(frozen=True)
class Storage:
    """statuses, seconds: while it fails; loaded_failed: of requests meanwhile for a model that is loaded; partial:
    files under a model's final name that are not whole.
    """

    statuses: dict[str, int]
    seconds: dict[str, float]
    wrong: list[str]
    loaded_asked: int
    loaded_failed: int
    partial: int

    def faults(self) -> list[str]:
        found = [f"{self.loaded_failed} failed of a loaded model"] if self.loaded_failed else []
        found += [f"{name}: {s} s" for name, s in self.seconds.items() if s >= LIMIT_S]
        return [*self.wrong, *found, *([f"{self.partial} partial files"] if self.partial else [])]

    def missed(self) -> list[str]:
        return []


def run(folder: Path, *, names: tuple[str, ...] = tuple(FAULTS)) -> Storage:
    whole = weights("shapes-detect")
    ids = {name: f"m{number}" for number, name in enumerate(names)}
    bucket = bucket_of({"kept": whole} | dict.fromkeys(ids.values(), whole))
    statuses, seconds, wrong = {}, {}, []
    meanwhile: list[Said] = []
    with gcs.serve(bucket), served_from(bucket, folder) as server, open_client(server, 4) as client:
        assert ask(client, question("kept")).status == 200
        for name in tqdm(names, "storage", disable=None, leave=False):
            kind, fault, often, status = FAULTS[name]
            if often:
                bucket.faults[kind].extend([fault] * often)
            else:
                bucket.always[kind] = fault
            said, beside = _beside(client, question(ids[name]))
            bucket.always.clear()
            meanwhile += beside
            statuses[name], seconds[name] = said.status, round(said.seconds, 2)
            if said.status != status or (status == 503) != (said.retry_after is not None):
                wrong.append(f"{name}: {said.status}, Retry-After {said.retry_after}")
            if (again := ask(client, question(ids[name]))).status != 200:
                wrong.append(f"{name}: {again.status} after the repair")
    kept = [path.read_bytes() for path in (folder / "cache").glob("*")]
    failed = sum(one.status != 200 for one in meanwhile)
    return Storage(statuses, seconds, wrong, len(meanwhile), failed, sum(data != whole for data in kept))


def question(model: str) -> Question:
    return Question(example("one.jpg"), f"/api/models/{model}/predict")


def _beside(client: httpx.Client, cold: Question) -> tuple[Said, list[Said]]:
    """The answer to a cold request, and those to requests for the loaded model until it comes."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, client, cold)
        beside = [ask(client, question("kept"))]
        while not asked.done():
            beside.append(ask(client, question("kept")))
        return asked.result(), beside
