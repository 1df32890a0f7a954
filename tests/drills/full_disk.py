"""A disk with room for two models: a third takes the place of one that rests; too large a one is a 503."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.drills.asking import Question, ask, example, open_client
from tests.drills.stores import bucket_of, served_from, weights
from tests.support import gcs
from tests.support.server import Server

ROOM = 2 * 2**20  # bytes
SEQUENCE = ("a", "b", "a", "c", "huge", "a", "b", "c", "huge", "c")


@dataclass(frozen=True)
class FullDisk:
    """disk: a small tmpfs, or, where none can be mounted, a limit on the size of a file, which no room ends."""

    disk: str
    statuses: list[str]
    wrong: int
    partial: int

    def faults(self) -> list[str]:
        found = [f"{self.wrong} wrong of {self.statuses}"] if self.wrong else []
        return found + ([f"{self.partial} partial files"] if self.partial else [])

    def missed(self) -> list[str]:
        return []


def run(folder: Path) -> FullDisk:
    whole = weights("shapes-classify")
    bucket = bucket_of({"a": whole, "b": whole, "c": whole, "huge": whole + bytes(ROOM)})
    cache = folder / "cache"
    cache.mkdir(mode=0o700)
    statuses, wrong = [], 0
    with gcs.serve(bucket), _small(cache) as mounted:
        with served_from(bucket, folder) as server, open_client(server, 1) as client:
            if not mounted:
                _limit(server)
            for model in SEQUENCE:
                said = ask(client, Question(example("one.jpg"), f"/api/models/{model}/predict"))
                statuses.append(f"{model} {said.status}")
                good = said.status == 503 and said.retry_after is not None if model == "huge" else said.status == 200
                wrong += not good
        partial = sum(path.read_bytes() != whole for path in cache.glob("*"))
    return FullDisk("tmpfs" if mounted else "file size limit", statuses, wrong, partial)


@contextmanager
def _small(folder: Path) -> Iterator[bool]:
    """Whether a file system of ROOM bytes lies at the folder; only root may have one."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=700", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def _limit(server: Server) -> None:
    for pid in server.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (ROOM, ROOM))
