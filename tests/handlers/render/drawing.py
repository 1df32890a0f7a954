"""Plain grey pictures and small predictions to draw on them, for the tests of everything that draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_cache.prediction import Frame, Prediction

GREY = 128


def plain(height: int, width: int) -> Frame:
    return np.full((height, width, 3), GREY, np.uint8)


def boxes(shape: tuple[int, int], *rows: tuple[float, ...], classes: tuple[int, ...] = (), **more: Any) -> Prediction:
    """Detections of confidences that fall from 0.9 on; more: fields of Prediction."""
    n = len(rows)
    fields: dict[str, Any] = {"task": "detect", "names": {0: "person", 1: "car"}, **more}
    return Prediction(
        shape=shape,
        boxes=np.array(rows, np.float32).reshape(n, 4),
        confidences=np.linspace(0.9, 0.3, n).astype(np.float32),
        classes=np.array(classes or [0] * n, np.int64),
        **fields,
    )


def changed(picture: Frame) -> NDArray[np.bool_]:
    where: NDArray[np.bool_] = (picture != GREY).any(2)
    return where


def within(height: int, width: int, box: tuple[float, float, float, float], margin: float) -> NDArray[np.bool_]:
    """The pixels whose centres lie in the box and its margin."""
    y, x = np.mgrid[:height, :width] + 0.5
    x1, y1, x2, y2 = box
    inside: NDArray[np.bool_] = (x > x1 - margin) & (x < x2 + margin) & (y > y1 - margin) & (y < y2 + margin)
    return inside


def classified(height: int, width: int, name: str = "class") -> Prediction:
    probabilities = np.array([0.05, 0.6, 0.1, 0.2, 0.03, 0.02], np.float32)
    names = {i: f"{name} {i}" for i in range(6)}
    return Prediction("classify", names, (height, width), probabilities=probabilities)
