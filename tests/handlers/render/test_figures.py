"""Masks and key points: which pixels change, and to what."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from handlers.render import draw
from handlers.render.palette import PALETTE
from handlers.schema import Style
from model_cache.letterbox import Letterbox
from model_cache.masks import Mask
from model_cache.prediction import Floats, Frame, Prediction
from tests.handlers.render.drawing import GREY, boxes, changed, plain, within

BARE = Style(labels=False)


def disc(frame: tuple[int, int], hole: int = 0) -> Prediction:
    """One detection whose mask is a disc of radius 100 about (320, 240) of a frame of 480x640, scaled to `frame`."""
    letterbox = Letterbox.fit(frame, (640, 640), 32)
    bitmap = np.zeros((201, 201), np.uint8)
    cv2.circle(bitmap, (100, 100), 100, (1,), cv2.FILLED)
    cv2.circle(bitmap, (100, 100), hole, (0 if hole else 1,), cv2.FILLED)
    scale = frame[1] / 640
    box = (220 * scale, 140 * scale, 421 * scale, 341 * scale)
    return boxes(frame, box, task="segment", masks=(Mask(bitmap, 220, 140 + letterbox.top, letterbox),))


@pytest.mark.parametrize("frame", [(480, 640), (48, 64), (1920, 2560)])
def test_a_mask_is_filled_and_outlined(frame: tuple[int, int]) -> None:
    scale = frame[1] / 640
    picture = draw(plain(*frame), disc(frame), Style(stroke=1, labels=False))
    y, x = np.mgrid[: frame[0], : frame[1]] + 0.5
    distance = np.hypot(x - 320.5 * scale, y - 240.5 * scale)
    inside = picture[distance < 97 * scale - 3]
    assert len(np.unique(inside, axis=0)) == 1
    assert ((inside[0] != GREY) & (inside[0] != PALETTE[0])).all(), "translucent: neither the ground nor the colour"
    outside = (distance > 103 * scale + 3) & ~within(*frame, disc(frame).boxes[0].tolist(), 2)
    assert not changed(picture)[outside].any()
    assert np.abs(picture[int(240.5 * scale)].astype(int) - PALETTE[0]).sum(1).min() == 0, "a solid outline"


def test_a_hole_of_a_mask_stays_open() -> None:
    picture = draw(plain(1920, 2560), disc((1920, 2560), hole=40), BARE)
    assert not changed(picture)[900:1020, 1220:1340].any()


def test_a_mask_of_one_pixel_or_none_is_no_trouble() -> None:
    letterbox = Letterbox.fit((480, 640), (640, 640), 32)
    for bitmap in (np.ones((1, 1), np.uint8), np.zeros((5, 5), np.uint8), np.zeros((0, 3), np.uint8)):
        prediction = boxes((480, 640), (10, 10, 20, 20), task="segment", masks=(Mask(bitmap, 12, 12, letterbox),))
        assert changed(draw(plain(480, 640), prediction)).any()


def posed(points: Floats, **more: Any) -> Frame:
    shown = points[:, :2]
    low, high = shown.min(0) - 30, shown.max(0) + 30
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    style = Style(stroke=2, labels=False)
    return draw(plain(480, 640), boxes((480, 640), box, task="pose", keypoints=points[None], **more), style)


def test_points_of_an_unknown_skeleton_are_dots_in_colours_of_their_own() -> None:
    points = np.array([[100, 100, 0.9], [200, 100, 0.9], [200, 200, 0.4], [100, 200, 0.5]], np.float32)
    picture = posed(points)
    assert tuple(picture[100, 100].tolist()) == PALETTE[0]
    assert tuple(picture[100, 200].tolist()) == PALETTE[1]
    assert not changed(picture)[185:215, 185:215].any(), "less likely visible than not"
    assert tuple(picture[200, 100].tolist()) == PALETTE[3]
    assert not changed(picture)[100, 120:180].any(), "no limbs"


def test_points_without_visibility_are_all_drawn() -> None:
    assert changed(posed(np.array([[100, 100], [200, 200]], np.float32)))[[100, 200], [100, 200]].all()


def test_a_person_has_limbs_between_visible_points() -> None:
    # On a circle no limb runs over the middle of another one.
    turn = np.arange(17) * 2 * np.pi / 17
    points = np.stack([320 + 180 * np.cos(turn), 240 + 180 * np.sin(turn), np.full(17, 0.9)], 1).astype(np.float32)

    def middle(picture: Frame, a: int, b: int) -> tuple[int, ...]:
        x, y = points[[a, b], :2].mean(0).astype(int)
        return tuple(picture[y, x].tolist())

    picture = posed(points)
    ground = (GREY, GREY, GREY)
    left_arm, right_arm = middle(picture, 7, 9), middle(picture, 8, 10)
    assert ground not in {left_arm, right_arm}
    assert left_arm != right_arm
    assert middle(picture, 13, 15) == left_arm, "the left leg"
    assert middle(picture, 5, 6) not in {ground, left_arm, right_arm}, "the shoulders"
    assert middle(picture, 9, 10) == ground, "hands are not joined"
    points[9, 2] = 0.1
    assert middle(posed(points), 7, 9) == ground
    assert middle(posed(points), 8, 10) == right_arm
