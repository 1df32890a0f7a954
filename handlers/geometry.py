"""Detections in the shapes that dialects write them in: rounded, normalised, as named lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_cache.prediction import Prediction

_TOP = 5  # classes that ultralytics names of a classification


def rows(found: Prediction, *, normalize: bool = False, decimals: int = 5) -> list[dict[str, Any]]:
    """What ultralytics' `Results.summary(normalize, decimals)` says, key for key and in its order.

    Coordinates are pixels of the frame, or with `normalize` parts of its width and height. An oriented
    box has its four corners in `box`; a classification has the five likeliest classes and no boxes.
    """
    if found.probabilities is not None:
        return [
            _named(found.names, int(number), float(found.probabilities[number]), decimals) for number in found.top(_TOP)
        ]
    scale = np.array(found.shape[::-1] if normalize else (1, 1), np.float64)
    points = found.corners if found.corners is not None else found.boxes.reshape(-1, 2, 2)
    boxes = _rounded(points / scale, decimals)
    answered = []
    for i in range(len(found)):
        row = _named(found.names, int(found.classes[i]), float(found.confidences[i]), decimals)
        row["box"] = {
            f"{axis}{n}": value for n, point in enumerate(boxes[i], 1) for axis, value in zip("xy", point, strict=True)
        }
        if found.masks is not None:
            row["segments"] = _lists(found.masks[i].ring() / scale, decimals)
        if found.keypoints is not None:
            row["keypoints"] = _lists(found.keypoints[i, :, :2] / scale, decimals)
            if found.keypoints.shape[2] == 3:
                row["keypoints"]["visible"] = _rounded(found.keypoints[i, :, 2], decimals)
        answered.append(row)
    return answered


def _named(names: Mapping[int, str], number: int, confidence: float, decimals: int) -> dict[str, Any]:
    return {"name": names[number], "class": number, "confidence": round(confidence, decimals)}


def _lists(points: NDArray[Any], decimals: int) -> dict[str, Any]:
    x, y = points.T
    return {"x": _rounded(x, decimals), "y": _rounded(y, decimals)}


def _rounded(values: NDArray[Any], decimals: int) -> Any:
    """As nested lists of Python's own floats, rounded in double precision as ultralytics does."""
    return values.astype(np.float64).round(decimals).tolist()
