"""What everything is measured with: the weights in a bucket and on disk, the picture, and how often."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import weights
from tests.bench.clients import multipart
from tests.bench.servers import Contender, ours, peer
from tests.support import gcs

NAME = "yolo26n"


@dataclass(frozen=True)
class Effort:
    """How often: cold starts, rounds in which all take their turn, single requests a round, seconds of load at
    each number of clients, requests before memory is read.
    """

    cold: int = 7
    rounds: int = 2
    warm: int = 60
    load_s: float = 3.0
    requests: int = 500
    clients: tuple[int, ...] = (1, 2, 4, 8, 16)


QUICK = Effort(cold=2, rounds=1, warm=15, load_s=1.0, requests=50, clients=(1, 8))


@dataclass(frozen=True)
class Setting:
    """body: the request; detections: how many the right answer has; bucket: the address it is served at."""

    folder: Path
    body: bytes
    detections: int
    bucket: gcs.FakeBucket

    def onnx(self) -> Path:
        return self.folder / f"{NAME}.onnx"

    def checkpoint(self) -> Path:
        return self.folder / f"{NAME}.pt"

    def ours(self, weights: Path) -> Contender:
        """Us, with that file in the bucket."""
        return ours(
            weights.suffix,
            DEFAULT_MODEL=weights.name.replace(".", "-"),
            MODEL_STORE=f"gs://{gcs.BUCKET}",
            STORAGE_EMULATOR_HOST=self.bucket.url,
        )

    def contenders(self) -> tuple[Contender, ...]:
        """Ourselves first."""
        return (
            self.ours(self.onnx()),
            peer("fastapi", self.checkpoint()),
            peer("fastapi", self.onnx()),
            peer("litserve", self.checkpoint()),
        )


@contextmanager
def prepare(folder: Path) -> Iterator[Setting]:
    """Everything in place; what was made before in the folder is used again."""
    weights.make(folder, NAME)
    bucket = gcs.FakeBucket()
    files = [folder / f"{NAME}{suffix}" for suffix in (".onnx", ".pt")]
    for file in files:
        bucket.put(file.name, file.read_bytes())
    bucket.put_index({file.name.replace(".", "-"): weights.entry(file) for file in files})
    body = multipart((folder / weights.PICTURE).read_bytes())
    with gcs.serve(bucket):
        yield Setting(folder, body, _right_answer(folder), bucket)


def _right_answer(folder: Path) -> int:
    import cv2

    from model_cache.model import open_model
    from model_cache.prediction import Options

    frame: Any = cv2.imread(str(folder / weights.PICTURE))
    return len(open_model(folder / f"{NAME}.onnx").predict(frame, Options()))


def spread(values: Iterable[float]) -> dict[str, Any]:
    """The middle value, the least and the greatest, and how many there were."""
    found = sorted(values)
    return {"median": statistics.median(found), "min": found[0], "max": found[-1], "n": len(found)}


def percentile(values: Iterable[float], share: float) -> float:
    """The value that so great a share of them does not exceed, 0 to 1."""
    found = sorted(values)
    return found[min(int(share * len(found)), len(found) - 1)]
