"""Compares our predictions with ultralytics' own of the same checkpoint, detection by detection.

Run as a program, it measures all built-in models and writes docs/parity.json.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from docs.fill import PARITY
from model_cache.builtin import WEIGHTS
from model_cache.builtin.scenes import scene
from model_cache.engines import torchvision_ops
from model_cache.engines.openvino import OpenVinoEngine
from model_cache.execution import PLAIN, Execution
from model_cache.model import Model, open_model
from model_cache.prediction import TASKS, Frame, Options, Prediction

os.environ.update(YOLO_OFFLINE="1", YOLO_AUTOINSTALL="0")

from ultralytics import YOLO
from ultralytics.utils import ASSETS


def frames(task: str, count: int) -> Iterator[tuple[str, Frame]]:
    """`count` generated pictures of odd sizes, then ultralytics' two photographs."""
    rng = np.random.default_rng(97)
    for i in range(count):
        height, width = (int(side) for side in rng.integers(120, 900, 2))
        kwargs: dict[str, Any] = {"count": (1, 1), "size": (0.4, 0.8)} if task == "classify" else {}
        yield f"scene {i} ({width}x{height})", scene(rng, height, width, **kwargs).picture
    for name in ("bus.jpg", "zidane.jpg"):
        yield name, np.asarray(cv2.imread(str(ASSETS / name)), np.uint8)


# What is compared: the file's suffix, and what runs it where that is not the usual.
ENGINES = {".onnx": PLAIN, ".pt": PLAIN, ".onnx, openvino": Execution(openvino=True)}
PICTURES = 50
CONF = 0.1  # low, so that doubtful detections are compared as well


@dataclass
class Worst:
    """The largest differences seen so far; overlap is the smallest. Distances are pixels."""

    pictures: int = 0
    detections: int = 0
    box: float = 0.0
    confidence: float = 0.0
    point: float = 0.0
    overlap: float = 1.0
    other: list[str] = field(default_factory=list)

    def compare(self, name: str, ours: Prediction, theirs: Any) -> None:
        """theirs: ultralytics' Results."""
        self.pictures += 1
        if ours.probabilities is not None:
            self.detections += 1
            self._differ("confidence", ours.probabilities, _numpy(theirs.probs.data))
            return
        found = theirs.obb if theirs.obb is not None else theirs.boxes
        confidences, classes = _numpy(found.conf), _numpy(found.cls).astype(int)
        if len(ours) != len(found):
            self.other.append(f"{name}: {len(ours)} detections where ultralytics has {len(found)}")
            return
        if not len(ours):
            return
        self.detections += len(ours)
        order = _pairs(_numpy(found.xyxy), ours)
        if not np.array_equal(classes, ours.classes[order]):
            self.other.append(f"{name}: other classes")
        self._differ("confidence", ours.confidences[order], confidences)
        if ours.corners is not None:
            self._differ("box", ours.corners[order], _numpy(found.xyxyxyxy))
        else:
            self._differ("box", ours.boxes[order], _numpy(found.xyxy))
        if ours.keypoints is not None:
            self._differ("point", ours.keypoints[order][..., :2], _numpy(theirs.keypoints.xy))
            self._differ("confidence", ours.keypoints[order][..., 2], _numpy(theirs.keypoints.conf))
        if ours.masks is not None:
            for i, whole in zip(order, _numpy(theirs.masks.data).astype(bool), strict=True):
                self.overlap = min(self.overlap, _overlap(ours.masks[i], whole))

    def _differ(self, what: str, ours: NDArray[Any], theirs: NDArray[Any]) -> None:
        if ours.size:
            setattr(self, what, max(getattr(self, what), float(np.abs(ours - theirs).max())))


def opened(path: Path, execution: Execution) -> Model:
    """The model once its engine answers: before OpenVINO, which compiles meanwhile, ONNX Runtime does."""
    model = open_model(path, execution)
    if execution.openvino:
        assert isinstance(model.engine, OpenVinoEngine)
        assert model.engine.compiling is None, "compiled before the first picture was answered"
        model.predict(np.zeros((100, 100, 3), np.uint8), Options())
        assert model.engine.compiling is not None
        model.engine.compiling.join(60)
        assert model.engine.answers
    return model


def measure(task: str, engine: str) -> Worst:
    """Our answers from one built-in file, by one of ENGINES, against ultralytics' from the .pt of the same task."""
    torchvision_ops.complete()  # ultralytics' own predictor wants it
    ours = opened(WEIGHTS / f"shapes-{task}{engine.partition(',')[0]}", ENGINES[engine])
    theirs = YOLO(str(WEIGHTS / f"shapes-{task}.pt"), task=task)
    worst = Worst()
    for name, frame in frames(task, PICTURES):
        worst.compare(name, ours.predict(frame, Options(conf=CONF)), theirs.predict(frame, conf=CONF, verbose=False)[0])
    return worst


def _numpy(tensor: Any) -> NDArray[Any]:
    return np.asarray(tensor.cpu().numpy())


def _pairs(theirs: NDArray[Any], ours: Prediction) -> NDArray[np.int64]:
    """For each of their boxes the index of ours that is closest: equal scores may stand in either order."""
    apart = np.abs(theirs[:, None] - ours.boxes[None]).max(-1)
    return np.asarray(apart.argmin(1), np.int64)


def _overlap(ours: Any, theirs: NDArray[np.bool_]) -> float:
    """IoU of two masks at the resolution of the model's input."""
    whole = np.zeros_like(theirs)
    height, width = ours.bitmap.shape
    whole[ours.top : ours.top + height, ours.left : ours.left + width] = ours.bitmap.astype(bool)
    return float((whole & theirs).sum() / max((whole | theirs).sum(), 1))


if __name__ == "__main__":
    measured = {f"shapes-{task}{engine}": asdict(measure(task, engine)) for task in TASKS for engine in ENGINES}
    PARITY.write_text(json.dumps(measured, indent=2) + "\n")
