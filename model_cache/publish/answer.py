"""What is compared: one picture's detections, whether they come from us or from ultralytics.

Coordinates are pixels of the picture. masks: at the resolution of the network's input, as both sides have them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_cache.masks import Mask
from model_cache.model import Model
from model_cache.prediction import Floats, Frame, Ints, Options, Prediction

Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Answer:
    """n detections. boxes: (n, 4) upright; corners: (n, 4, 2) of oriented boxes; points: (n, k, 2 or 3);
    masks: n of (height, width); probabilities: (classes,) of a classification, which has nothing else.
    """

    boxes: Floats = field(default_factory=lambda: np.empty((0, 4), np.float32))
    confidences: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    classes: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    corners: Floats | None = None
    points: Floats | None = None
    masks: tuple[Bits, ...] | None = None
    probabilities: Floats | None = None

    def __len__(self) -> int:
        return len(self.confidences)


Answering = Callable[[Frame, float], Answer]  # a picture and the least confidence, to what is seen in it


def by_model(model: Model) -> Answering:
    """One of our own models' answers, at its own size."""
    return lambda frame, conf: of_prediction(model.predict(frame, Options(conf=conf)))


def by_ultralytics(yolo: Any, imgsz: int | None = None) -> Answering:
    """The answers of ultralytics' YOLO.predict; imgsz: None for the checkpoint's own."""
    asked: dict[str, Any] = {} if imgsz is None else {"imgsz": imgsz}

    def answer(frame: Frame, conf: float) -> Answer:
        return of_results(yolo.predict(frame, conf=conf, device="cpu", verbose=False, **asked)[0])

    return answer


def of_prediction(said: Prediction) -> Answer:
    if said.probabilities is not None:
        return Answer(probabilities=said.probabilities)
    masks = None if said.masks is None else tuple(_whole(mask) for mask in said.masks)
    return Answer(said.boxes, said.confidences, said.classes, said.corners, said.keypoints, masks)


def of_results(said: Any) -> Answer:
    """said: ultralytics' Results."""
    if said.probs is not None:
        return Answer(probabilities=_numpy(said.probs.data))
    found = said.obb if said.obb is not None else said.boxes
    return Answer(
        _numpy(found.xyxy),
        _numpy(found.conf),
        _numpy(found.cls).astype(np.int64),
        None if said.obb is None else _numpy(found.xyxyxyxy),
        None if said.keypoints is None else _numpy(said.keypoints.data),
        None if said.masks is None else tuple(_numpy(said.masks.data).astype(bool)),
    )


def _numpy(tensor: Any) -> NDArray[Any]:
    return np.asarray(tensor.cpu().numpy())


def _whole(mask: Mask) -> Bits:
    whole = np.zeros(mask.letterbox.input, bool)
    height, width = mask.bitmap.shape
    whole[mask.top : mask.top + height, mask.left : mask.left + width] = mask.bitmap.astype(bool)
    return whole
