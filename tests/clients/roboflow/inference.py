"""Calls of inference-sdk, and what they must have answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from model_cache.builtin import EXAMPLES
from tests.clients.roboflow.conftest import Run
from tests.dialects.cases import expected_rows
from tests.support.server import Server

Call = dict[str, Any]
# The vendor's defaults, as our own options.
DEFAULTS = {"conf": 0.4, "iou": 0.3}


def call(model: str = "shapes-detect/1", *pictures: str, **more: Any) -> Call:
    """One call; the pictures are examples of ours, or addresses."""
    paths = [name if "://" in name or name.startswith("/") else str(EXAMPLES / name) for name in pictures]
    return {"model": model, "pictures": paths or [str(EXAMPLES / "crowd.jpg")], **more}


def ask(run: Run, server: Server, *calls: Call) -> list[Any]:
    answers = run("inference_calls.py", server, json.dumps(calls))
    assert len(answers) == len(calls)
    return answers  # type: ignore[no-any-return]


def boxes(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Class, confidence and corners of every detection."""
    return [(row["class"], row["class_id"], row["confidence"], *corners(row)) for row in answer["predictions"]]


def corners(row: dict[str, float]) -> tuple[float, ...]:
    x, y, width, height = (row[name] for name in ("x", "y", "width", "height"))
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def expected(picture: str = "crowd.jpg", model: str = "shapes-detect", **options: Any) -> list[tuple[Any, ...]]:
    """The same, of our own prediction with nothing of the server between; not for oriented boxes."""
    return flat(expected_rows(picture, model, **(DEFAULTS | options)))


def flat(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The same, of Ultralytics' rows."""
    sides = ("x1", "y1", "x2", "y2")
    return [(row["name"], row["class"], row["confidence"], *(row["box"][side] for side in sides)) for row in rows]


def check(
    found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]], pixels: float = 0.001, score: float = 0.0001
) -> None:
    """That detections are the same, in the same order. A client that encodes anew moves them by some pixels."""
    assert [row[:2] for row in found] == [row[:2] for row in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one[2] == pytest.approx(other[2], abs=score)
        assert one[3:] == pytest.approx(other[3:], abs=pixels)
