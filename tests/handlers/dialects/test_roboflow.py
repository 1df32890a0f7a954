"""Answers whose case a picture does not come by easily: masks of a few pixels, key points without a visibility."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handlers.dialects.roboflow import Look, entry
from handlers.schema import Answer, InferenceRequest
from model_cache.letterbox import Letterbox
from model_cache.masks import Mask
from model_cache.prediction import Prediction


def said(look: Look, **found: Any) -> dict[str, Any]:
    """Of one detection."""
    prediction = Prediction(
        found.pop("task"),
        {0: "arrow"},
        (64, 64),
        np.array([[8, 8, 24, 40]], np.float32),
        np.array([0.5], np.float32),
        np.array([0], np.int64),
        **found,
    )
    answer = entry(InferenceRequest((), (), extras={"look": look}), Answer(prediction))
    return answer["predictions"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("bitmap", [[[1]], [[1, 1]], [[1], [1]], [[1, 0], [0, 1]]])
def test_outline_has_three_points(bitmap: list[list[int]]) -> None:
    mask = Mask(np.array(bitmap, np.uint8), 8, 8, Letterbox.fit((64, 64), (64, 64), 32))
    points = said(Look(), task="segment", masks=(mask,))["points"]
    assert len(points) == 3
    assert {(point["x"], point["y"]) for point in points} <= {(8 + x, 8 + y) for y in (0, 1) for x in (0, 1)}


def test_outline_is_of_the_largest_part() -> None:
    bitmap = np.zeros((20, 20), np.uint8)
    bitmap[0:3, 0:3] = bitmap[8:20, 8:20] = 1
    points = said(Look(), task="segment", masks=(Mask(bitmap, 0, 0, Letterbox.fit((64, 64), (64, 64), 32)),))["points"]
    assert min(point["x"] for point in points) == 8


def test_keypoints_without_visibility() -> None:
    points = said(Look(0.5), task="pose", keypoints=np.array([[[9, 10], [11, 12]]], np.float32))["keypoints"]
    assert points == [
        {"x": 9.0, "y": 10.0, "confidence": 1.0, "class_id": 0, "class": "0"},
        {"x": 11.0, "y": 12.0, "confidence": 1.0, "class_id": 1, "class": "1"},
    ]


def test_keypoints_keep_their_numbers() -> None:
    points = said(Look(0.5), task="pose", keypoints=np.array([[[9, 10, 0.5], [11, 12, 0.6]]], np.float32))["keypoints"]
    assert [point["class_id"] for point in points] == [1]
