"""What each lesser precision costs: the built-in models, narrowed, against ultralytics' own prediction of the .pt.

Run as a program, it writes docs/precisions.json.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from functools import cache
from itertools import islice
from pathlib import Path

from docs.fill import PRECISION_COSTS
from model_cache.builtin import WEIGHTS
from model_cache.engines import torchvision_ops
from model_cache.execution import Execution
from model_cache.model import open_model
from model_cache.prediction import TASKS
from model_cache.publish import int8, precision
from model_cache.publish.answer import Answer, by_model, by_ultralytics
from model_cache.publish.comparison import CONF, MARGIN, Comparison
from model_cache.publish.pictures import generated, tensor
from tests.model_cache.parity import opened

os.environ.update(YOLO_OFFLINE="1", YOLO_AUTOINSTALL="0")

from ultralytics import YOLO

# Ways to run a file as it is, in 16-bit floats: its suffix, and how.
HALVES = {
    "openvino-half": (".onnx", Execution(openvino=True, half=True)),
    "torch-half": (".pt", Execution(half=True)),
}
PICTURES = 30
MEASURED_ON = 32  # pictures, others than those compared, for the ranges of 8 bits


@cache
def expected(task: str, count: int) -> tuple[Answer, ...]:
    """What ultralytics says of the generated pictures."""
    torchvision_ops.complete()  # its predictor wants it
    ask = by_ultralytics(YOLO(str(WEIGHTS / f"shapes-{task}.pt"), task=task))
    return tuple(ask(frame, CONF - MARGIN) for frame in generated(task, count))


def measure(task: str, wanted: str, count: int = PICTURES) -> tuple[Comparison, int]:
    """What the built-in .onnx, brought to that precision, says of the pictures; and its size in bytes."""
    found = Comparison()
    with tempfile.TemporaryDirectory() as folder:
        path = narrowed(task, wanted, Path(folder))
        ask = by_model(open_model(path))
        for frame, theirs in zip(generated(task, count), expected(task, count), strict=True):
            found.add(ask(frame, CONF - MARGIN), theirs)
        return found, path.stat().st_size


def run_in_half(task: str, way: str, count: int = PICTURES) -> Comparison:
    """What a built-in file says of the pictures, run in one of HALVES."""
    suffix, execution = HALVES[way]
    ask, found = by_model(opened(WEIGHTS / f"shapes-{task}{suffix}", execution)), Comparison()
    for frame, theirs in zip(generated(task, count), expected(task, count), strict=True):
        found.add(ask(frame, CONF - MARGIN), theirs)
    return found


def narrowed(task: str, wanted: str, folder: Path) -> Path:
    source, target = WEIGHTS / f"shapes-{task}.onnx", folder / "narrow.onnx"
    if wanted == "int8":
        metadata = open_model(source).metadata
        drawn = islice(generated(task, MEASURED_ON, seed=8), MEASURED_ON)
        int8.quantise(source, target, (tensor(frame, metadata) for frame in drawn))
    else:
        precision.halve(source, target, wanted)
    return target


if __name__ == "__main__":
    measured = {}
    for task in TASKS:
        full = (WEIGHTS / f"shapes-{task}.onnx").stat().st_size
        for wanted in precision.PRECISIONS[1:]:
            found, size = measure(task, wanted)
            measured[f"shapes-{task} {wanted}"] = {"size": round(size / full, 3), **asdict(found)}
        for way in HALVES:
            measured[f"shapes-{task} {way}"] = {"size": 1.0, **asdict(run_in_half(task, way))}
    PRECISION_COSTS.write_text(json.dumps(measured, indent=2) + "\n")
