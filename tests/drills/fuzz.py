"""Damaged files of every format that the sandbox decodes: the server's own memory and next answer are as before."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.drills.asking import Question, ask, crowd, example, open_client, truths
from tests.handlers.decode import dng, pictures
from tests.handlers.decode.bombs import SANDBOXED, grid
from tests.handlers.video.films import NAMES, film
from tests.support.server import Server

EXPECTED = (200, 400, 413)
EVERY = 20  # files between two ordinary questions
GROWTH_MB = 100.0  # of the server's own process; its workers are replaced


@dataclass(frozen=True)
class Fuzz:
    """statuses: of the damaged files; wrong: ordinary questions that got another answer than before."""

    files: int
    statuses: dict[int, int]
    wrong: int
    grown_mb: float

    def faults(self) -> list[str]:
        found = {status: count for status, count in self.statuses.items() if status not in EXPECTED}
        return ([f"answered {found}"] if found else []) + ([f"{self.wrong} wrong"] if self.wrong else [])

    def missed(self) -> list[str]:
        return [f"the server grew by {self.grown_mb} MB"] if self.grown_mb > GROWTH_MB else []


def seeds() -> list[bytes]:
    many = pictures.many()
    stills = [data for name, data in many.items() if name.startswith(("avif", "tiff", "jp2", "j2k", "gif"))]
    heic = [(pictures.HEIC / name).read_bytes() for name in ("plain.heic", "turned.heic")]
    mosaics = [dng.file(dng.camera() | make(pictures.scene(64, 96))) for make in (dng.mosaic, dng.linear)]
    return [*stills, *heic, grid(2, 2, 128, 128), *mosaics, *map(film, NAMES), *SANDBOXED.values()]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Bytes that are changed, most of them near the beginning, cut out, put in, or repeated."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = int(chance.random() ** 2 * len(found))
        match chance.randrange(5):
            case 0:
                found[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                found[at : at + 4] = chance.choice((0, 1, 0x7F, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)).to_bytes(4)
            case 2:
                del found[at : at + chance.randint(1, 64)]
            case 3:
                found[at:at] = chance.randbytes(chance.randint(1, 64))
            case 4:
                found[at:at] = found[at : at + chance.randint(1, 64)]
    return bytes(found)


def run(folder: Path, *, files: int, clients: int) -> Fuzz:
    chance = random.Random(1)  # noqa: S311 - it is to be the same each time
    originals, ordinary = seeds(), Question(example("one.jpg"))
    with Server(folder) as server, open_client(server, clients) as client:
        truth = truths(client, [ordinary])
        for data in originals:  # every library is imported
            ask(client, Question(data))
        before = server.resident()

        def call(question: Question) -> int:
            return ask(client, question).status

        statuses: Counter[int] = Counter()
        wrong = 0
        for start in range(0, files, EVERY):
            questions = [Question(mutated(chance.choice(originals), chance)) for _ in range(min(EVERY, files - start))]
            statuses.update(crowd(clients, call, questions, f"fuzz {start}"))
            wrong += ask(client, ordinary).core != truth[ordinary]
        grown = (server.resident() - before) / 1e6
    return Fuzz(files, dict(sorted(statuses.items())), wrong, round(grown, 1))
