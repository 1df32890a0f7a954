"""supervision reads every answer; Platform gives the same boxes; and its masks are those that were meant."""

from __future__ import annotations

from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from handlers import rle
from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.model import open_model
from model_cache.prediction import Options
from tests.clients.roboflow.conftest import Run
from tests.clients.test_agreement import by_platform
from tests.dialects.cases import check_detections
from tests.support.server import Server

CROWD = EXAMPLES / "crowd.jpg"
TASKS = ("detect", "segment", "pose", "obb")


def ask(client: httpx.Client, task: str, query: str = "") -> dict[str, Any]:
    answer = client.post(f"/shapes-{task}/1?confidence=0.4&overlap=0.6{query}", content=CROWD.read_bytes())
    return answer.json()  # type: ignore[no-any-return]


@pytest.mark.parametrize("task", TASKS)
def test_same_boxes_as_platform(client: httpx.Client, task: str) -> None:
    check_detections(ask(client, task)["predictions"], by_platform(client, task, CROWD.read_bytes()))


def test_answers_are_read(run: Run, server: Server, client: httpx.Client) -> None:
    answers = {task: ask(client, task) for task in TASKS}
    answers["rle"] = ask(client, "segment", "&response_mask_format=rle")
    answers["nothing"] = ask(client, "detect", "&classes=person")
    read = run("read_answers.py", server, given=answers)
    for name, answer in answers.items():
        rows = answer["predictions"]
        assert read[name]["names"] == [row["class"] for row in rows]
        assert read[name]["confidences"] == [row["confidence"] for row in rows]
        corners = [
            [row["x"] + side * row["width"] / 2 for side in (-1, 1)]
            + [row["y"] + side * row["height"] / 2 for side in (-1, 1)]
            for row in rows
        ]
        assert np.array(read[name]["boxes"]).reshape(-1, 4)[:, [0, 2, 1, 3]] == pytest.approx(
            np.array(corners).reshape(-1, 4), abs=0.01
        )
    assert read["nothing"]["names"] == []
    _check_areas(read)
    points = [[[point["x"], point["y"]] for point in row["keypoints"]] for row in answers["pose"]["predictions"]]
    assert np.array(read["pose"]["points"]) == pytest.approx(np.array(points), abs=0.01)


def _check_areas(read: dict[str, Any]) -> None:
    """Pixels of the masks; of an outline, of its largest part."""
    frame = np.asarray(cv2.imread(str(CROWD)), np.uint8)
    model = open_model(WEIGHTS / "shapes-segment.onnx")
    masks = model.predict(frame, Options(conf=0.4, iou=0.6)).masks
    assert masks
    areas = [int(mask.full().sum()) for mask in masks]
    assert read["rle"]["areas"] == areas
    whole = [len(mask.contours()) == 1 for mask in masks]
    assert any(whole)
    assert np.array(read["segment"]["areas"])[whole] == pytest.approx(np.array(areas)[whole], rel=0.1)
    sides = np.array(read["obb"]["areas"])
    assert (sides > 0).all()


def test_masks(run: Run, server: Server) -> None:
    """As supervision reads them, and, character for character, as it writes them."""
    random = np.random.default_rng(0)
    bitmaps = [(random.random((40, 30)) < share).astype(np.uint8) for share in (0, 0.001, 0.1, 0.5, 0.9, 1)]
    bitmaps += [np.kron(random.integers(0, 2, (3, 4)), np.ones((120, 90))).astype(np.uint8) for _ in range(8)]
    bitmaps += [np.zeros((1, 1), np.uint8), np.ones((1, 1), np.uint8), np.eye(2, dtype=np.uint8)]
    counts = [rle.encode(bitmap) for bitmap in bitmaps]
    given = [[text, *bitmap.shape[::-1]] for text, bitmap in zip(counts, bitmaps, strict=True)]
    for bitmap, text, (decoded, encoded) in zip(
        bitmaps, counts, run("read_masks.py", server, given=given), strict=True
    ):
        assert (np.array(decoded) == bitmap).all()
        assert encoded == text
