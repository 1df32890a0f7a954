"""Our answers are ultralytics' answers: the same detections from the .onnx and from the .pt."""

from __future__ import annotations

from typing import Any

import cv2
import pytest
from ultralytics import YOLO

from model_cache.builtin import WEIGHTS
from model_cache.engines import torchvision_ops
from model_cache.model import open_model
from model_cache.prediction import TASKS, Options
from tests.model_cache.parity import ENGINES, PICTURES, Worst, frames, measure


@pytest.fixture(scope="module", autouse=True)
def _torchvision() -> None:
    torchvision_ops.complete()  # ultralytics' own predictor wants it


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("task", TASKS)
def test_same_detections_as_ultralytics(task: str, engine: str) -> None:
    worst = measure(task, engine)
    assert worst.pictures == PICTURES + 2
    assert worst.detections >= PICTURES
    assert not worst.other
    assert worst.box < 1
    assert worst.confidence < 0.01
    assert worst.point < 1
    assert worst.overlap >= 0.98


@pytest.mark.parametrize("imgsz", [160, 250, 320, 640])
def test_asked_size_is_taken_as_ultralytics_takes_it(imgsz: int) -> None:
    ours = open_model(WEIGHTS / "shapes-detect.onnx")
    theirs = YOLO(str(WEIGHTS / "shapes-detect.pt"))
    worst = Worst()
    for name, frame in frames("detect", 5):
        expected = theirs.predict(frame, imgsz=imgsz, verbose=False)[0]
        worst.compare(name, ours.predict(frame, Options(imgsz=imgsz)), expected)
    assert worst.detections > 0
    assert not worst.other
    assert worst.box < 1


@pytest.mark.parametrize("task", ["detect", "segment", "pose", "obb"])
def test_sides_that_fill_whole_strides_by_rounding(task: str) -> None:
    """ultralytics takes the longer side for a pixel less on the way back, and its answer counts."""
    ours = open_model(WEIGHTS / f"shapes-{task}.onnx")
    theirs = YOLO(str(WEIGHTS / f"shapes-{task}.pt"))
    worst = Worst()
    for name, frame in frames(task, 4):
        for width, height, imgsz in ((618, 771, 320), (1023, 768, 256), (385, 321, 352)):
            sized: Any = cv2.resize(frame, (width, height))
            expected = theirs.predict(sized, imgsz=imgsz, verbose=False)[0]
            worst.compare(f"{name} {width}", ours.predict(sized, Options(imgsz=imgsz)), expected)
    assert worst.detections > 0
    assert not worst.other
    assert max(worst.box, worst.point) < 0.01
    assert worst.overlap >= 0.98
