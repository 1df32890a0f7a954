"""Each dialect's answer, and ultralytics' own of the same checkpoint and picture: the same rows."""

from __future__ import annotations

from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from ultralytics import YOLO

from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.engines import torchvision_ops
from tests.clients.conftest import PICTURES

Rows = list[dict[str, Any]]
PIXEL, SCORE = 1.0, 0.01


def by_platform(client: httpx.Client, task: str, picture: bytes) -> Rows:
    path, fields = f"/api/models/acme/shapes/shapes-{task}/predict", {"conf": "0.4", "iou": "0.6"}
    answer = client.post(path, files={"file": picture}, data=fields, headers={"Authorization": "Bearer KEY"})
    return answer.json()["images"][0]["results"]  # type: ignore[no-any-return]


def by_hub(client: httpx.Client, task: str, picture: bytes) -> Rows:
    fields = {"conf": "0.4", "iou": "0.6", "model": f"https://hub.ultralytics.com/models/shapes-{task}"}
    answer = client.post("/", files={"file": picture}, data=fields, headers={"x-api-key": "KEY"})
    return answer.json()["images"][0]["results"]  # type: ignore[no-any-return]


def by_hub_v8(client: httpx.Client, task: str, picture: bytes) -> Rows:
    path, fields = f"/v1/predict/shapes-{task}", {"confidence": "0.4", "iou": "0.6"}
    answer = client.post(path, files={"image": picture}, data=fields, headers={"x-api-key": "KEY"})
    return answer.json()["data"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("task", PICTURES)
def test_dialects_agree(client: httpx.Client, task: str) -> None:
    file = EXAMPLES / PICTURES[task]
    rows = by_platform(client, task, file.read_bytes())
    assert rows
    assert by_hub(client, task, file.read_bytes()) == rows
    assert by_hub_v8(client, task, file.read_bytes()) == rows

    torchvision_ops.complete()
    found = YOLO(str(WEIGHTS / f"shapes-{task}.pt")).predict(file, conf=0.4, iou=0.6, verbose=False)[0]
    expected = found.summary()
    assert [list(row) for row in rows] == [list(row) for row in expected]
    for ours, theirs in zip(rows, expected, strict=True):
        _compare(ours, theirs, found.orig_shape)


def _compare(ours: dict[str, Any], theirs: dict[str, Any], shape: tuple[int, int]) -> None:
    assert (ours["name"], ours["class"]) == (theirs["name"], theirs["class"])
    assert ours["confidence"] == pytest.approx(theirs["confidence"], abs=SCORE)
    if "box" in theirs:
        assert list(ours["box"]) == list(theirs["box"])
        assert ours["box"] == pytest.approx(theirs["box"], abs=PIXEL)
    if "keypoints" in theirs:
        assert list(ours["keypoints"]) == list(theirs["keypoints"])
        for axis, allowed in (("x", PIXEL), ("y", PIXEL), ("visible", SCORE)):
            assert ours["keypoints"][axis] == pytest.approx(theirs["keypoints"][axis], abs=allowed)
    if "segments" in theirs:
        assert list(ours["segments"]) == list(theirs["segments"])
        one, other = (_filled(row["segments"], shape) for row in (ours, theirs))
        assert (one & other).sum() / (one | other).sum() > 0.98


def _filled(outline: dict[str, list[float]], shape: tuple[int, int]) -> Any:
    filled = np.zeros(shape, np.uint8)
    points = np.array([outline["x"], outline["y"]]).T.round().astype(np.int32)
    cv2.fillPoly(filled, [points], 1)
    return filled.astype(bool)
