"""What is drawn, and where: a test draws on a plain grey picture and looks at which pixels changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from handlers.errors import TooLarge
from handlers.render import draw, render, stroke
from handlers.render.palette import PALETTE, colour_of
from handlers.schema import Style
from model_cache.prediction import Frame
from tests.handlers.render.drawing import GREY, boxes, changed, plain, within

BARE = Style(labels=False)
SIZES = [(16, 16), (16, 300), (48, 64), (480, 640), (4000, 60), (3000, 4000)]


def decoded(data: bytes) -> Frame:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_jpeg_of_the_same_size_comes_out(height: int, width: int) -> None:
    prediction = boxes((height, width), (1, 1, width - 2, height - 2))
    data = render(plain(height, width), prediction)
    assert data.startswith(b"\xff\xd8\xff")
    assert decoded(data).shape == (height, width, 3)


def test_nothing_found_is_the_picture_itself() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    assert (draw(frame, boxes((40, 60))) == frame).all()
    assert np.abs(decoded(render(frame, boxes((40, 60)))).astype(int) - frame).mean() < 12


def test_colour_is_not_halved() -> None:
    frame = plain(64, 64)
    frame[:, ::2] = (0, 0, 255)
    frame[:, 1::2] = (255, 0, 0)
    assert np.abs(decoded(render(frame, boxes((64, 64)))).astype(int) - frame).mean() < 12


def test_a_picture_too_long_for_jpeg_is_refused() -> None:
    with pytest.raises(TooLarge):
        render(plain(1, 65501), boxes((1, 65501)))


def test_the_input_stays_as_it_is() -> None:
    frame = plain(480, 640)
    frame.flags.writeable = False
    result = draw(frame, boxes((480, 640), (100, 100, 300, 200)))
    assert not np.shares_memory(result, frame)
    assert (frame == GREY).all()


def test_a_view_that_is_not_contiguous_is_drawn_on() -> None:
    frame = plain(640, 480).transpose(1, 0, 2)[:, ::-1]
    assert changed(draw(frame, boxes((480, 640), (100, 100, 300, 200)))).any()


@pytest.mark.parametrize("width", [None, 1, 2, 5, 12])
def test_a_box_is_drawn_on_its_edge_and_nowhere_else(width: int | None) -> None:
    box = (100.0, 120.0, 300.0, 260.0)
    picture = draw(plain(480, 640), boxes((480, 640), box, classes=(1,)), Style(stroke=width, labels=False))
    lines = changed(picture)
    half = (width or stroke(480, 640)) / 2
    assert not (lines & ~within(480, 640, box, half + 0.5)).any()
    assert not (lines & within(480, 640, box, -half - 0.5)).any()
    assert lines[120, 100:300].all()
    assert lines[120:260, 100].all()
    assert (picture[lines] == colour_of(1)).all()
    assert lines[200].sum() == 2 * (width or stroke(480, 640))


def test_lines_at_the_border_keep_their_width() -> None:
    lines = changed(draw(plain(100, 100), boxes((100, 100), (0, 0, 100, 100)), Style(stroke=6, labels=False)))
    assert lines[50].sum() == lines[:, 50].sum() == 12


def test_lines_grow_with_the_picture() -> None:
    widths = [stroke(height, width) for height, width in ((16, 16), (480, 640), (3000, 4000), (6000, 8000))]
    assert widths == sorted(set(widths))
    assert widths[0] == 1


def test_a_class_has_one_colour_and_its_neighbours_others() -> None:
    rows = [(10.0 + 60 * i, 20.0, 50.0 + 60 * i, 60.0) for i in range(4)]
    picture = draw(plain(80, 260), boxes((80, 260), *rows, classes=(0, 1, 0, 20)), BARE)
    first, second, third, twentieth = (tuple(picture[20, 30 + 60 * i].tolist()) for i in range(4))
    assert first == third == twentieth == PALETTE[0]
    assert second == PALETTE[1] != first
    assert len(set(PALETTE)) == len(PALETTE)


def test_the_most_confident_is_on_top_in_whatever_order_they_come() -> None:
    prediction = boxes((100, 100), (20, 20, 80, 80), (20, 20, 80, 80), classes=(0, 1))
    other = replace(prediction, confidences=prediction.confidences[::-1])
    assert tuple(draw(plain(100, 100), prediction, BARE)[20, 50].tolist()) == PALETTE[0]
    assert tuple(draw(plain(100, 100), other, BARE)[20, 50].tolist()) == PALETTE[1]


def test_an_oriented_box_is_its_quadrilateral() -> None:
    corners = np.array([[320, 140], [420, 240], [320, 340], [220, 240]], np.float32)
    prediction = boxes((480, 640), (220, 140, 420, 340), task="obb", corners=corners[None])
    lines = changed(draw(plain(480, 640), prediction, Style(stroke=3, labels=False)))
    y, x = np.mgrid[:480, :640] + 0.5
    off = np.abs(np.abs(x - 320) + np.abs(y - 240) - 100) / np.sqrt(2)
    assert lines[off < 1].all()
    assert not lines[off > 3.5].any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
@pytest.mark.parametrize("task", ["detect", "obb", "pose"])
def test_numbers_that_are_none_are_left_out(value: float, task: str) -> None:
    good, bad = (100.0, 100.0, 200.0, 200.0), (100.0, 100.0, value, 300.0)
    corners = np.array([[[100, 100], [200, 100], [200, 200], [100, 200]]] * 2, np.float32)
    corners[1, 2, 0] = value
    more: dict[str, Any] = {"obb": {"corners": corners}, "pose": {"keypoints": corners}}.get(task, {})
    prediction = boxes((480, 640), good, bad, task=task, **more)
    confidences = np.array([0.9, value], np.float32)
    lines = changed(draw(plain(480, 640), replace(prediction, confidences=confidences)))
    assert lines[100, 150]
    if not np.isfinite(value):
        assert not lines[250].any()


def test_boxes_without_area_outside_and_turned_round_are_no_trouble() -> None:
    rows = [(50, 50, 50, 50), (0, 0, 0, 0), (640, 480, 640, 480), (700, 10, 800, 20), (300, 300, 200, 200)]
    lines = changed(draw(plain(480, 640), boxes((480, 640), *rows), BARE))
    assert lines[200, 250]
    assert lines[50, 49:51].any()
    assert not lines[10:21].any(), "outside"


def test_any_stroke_is_drawn_on_any_picture() -> None:
    for width in (-3, 0, 1, 10**9):
        assert draw(plain(16, 16), boxes((16, 16), (2, 2, 9, 9)), Style(stroke=width)).shape == (16, 16, 3)
