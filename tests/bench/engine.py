"""The engine's own time for the picture's tensor, in a process of its own: `python -m tests.bench.engine FILE N`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.weights import IMGSZ, PICTURE
from tests.support.server import ROOT


def seconds(weights: Path, times: int, **environment: str) -> list[float]:
    """environment: settings other than the defaults."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(weights), str(times)],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(value) for value in json.loads(done.stdout)]


def _run(weights: Path, times: int) -> list[float]:
    import cv2

    from handlers.settings import read_settings
    from model_cache.engines import open_engine
    from model_cache.letterbox import Letterbox, to_tensor

    frame: Any = cv2.imread(str(weights.parent / PICTURE))
    tensor = to_tensor(Letterbox.fit(frame.shape[:2], (IMGSZ, IMGSZ), 32).apply(frame))
    engine = open_engine(weights, read_settings().execution)
    took = []
    for _ in range(times + 3):
        started = time.perf_counter()
        engine.run(tensor)
        took.append(time.perf_counter() - started)
    return took[3:]


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]), int(sys.argv[2]))))
