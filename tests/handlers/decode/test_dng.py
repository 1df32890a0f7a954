"""DNG: the first picture where OpenCV can read it, else the developed mosaic."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest

from handlers.decode import decode
from model_cache.prediction import Frame
from tests.handlers.decode import dng, pictures

LIMIT = 50_000_000
SCENE = pictures.scene(64, 96)
SMALL = pictures.scene(24, 36)
DEEP = SMALL.astype(np.uint16) * 256 + SMALL[::-1]
MOSAIC = dng.file(dng.camera() | dng.mosaic(SCENE))
PREVIEWS: dict[str, dng.Directory] = {
    "rgb": dng.picture(SMALL, dng.RGB, preview=True),
    "jpeg": dng.jpeg(SMALL),
    "grey": dng.picture(SMALL[..., 0], dng.GREY, preview=True),
    "rgb 16": dng.picture(DEEP, dng.RGB, preview=True),
    "grey 16": dng.picture(DEEP[..., 0], dng.GREY, preview=True),
}


def turned(frame: Frame, orientation: int) -> Frame:
    """What a person sees of a picture that is stored as `frame`."""
    if orientation >= 5:
        frame = frame.swapaxes(0, 1)
    vertical, horizontal = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return frame[:: -1 if vertical else 1, :: -1 if horizontal else 1]


def away(frame: Frame, scene: Frame) -> float:
    """The mean difference of a BGR frame from an RGB scene, without the borders, which have half a mosaic."""
    return float(abs(frame[2:-2, 2:-2, ::-1].astype(int) - scene[2:-2, 2:-2]).mean())


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_is_what_ultralytics_reads(name: str, orientation: int) -> None:
    data = dng.file(dng.camera(orientation) | PREVIEWS[name], dng.mosaic(SCENE))
    frame = decode(data, max_pixels=LIMIT)
    np.testing.assert_array_equal(frame, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    scene = SMALL if "grey" not in name else np.repeat(SMALL[..., :1], 3, axis=2)
    assert frame.shape == turned(scene, orientation).shape
    assert away(frame, turned(scene, orientation)) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mosaic_is_developed_upright(orientation: int) -> None:
    frame = decode(dng.file(dng.camera(orientation) | dng.mosaic(SCENE)), max_pixels=LIMIT)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    assert frame.shape == turned(SCENE, orientation).shape
    assert away(frame, turned(SCENE, orientation)) < 6


def test_a_filled_in_mosaic_is_the_scene() -> None:
    # Nothing is guessed here, so the curve and the colours are right to a level.
    frame = decode(dng.file(dng.camera() | dng.linear(SCENE)), max_pixels=LIMIT)
    assert abs(frame[..., ::-1].astype(int) - SCENE).max() <= 1


def test_white_is_what_the_camera_says() -> None:
    neutral = (0.5, 1, 0.7)
    frame = decode(dng.file(dng.camera(neutral=neutral) | dng.mosaic(SCENE, neutral=neutral)), max_pixels=LIMIT)
    assert away(frame, SCENE) < 6


def test_a_mosaic_before_its_preview() -> None:
    data = dng.file(dng.camera() | dng.mosaic(SCENE), PREVIEWS["rgb"])
    np.testing.assert_array_equal(decode(data, max_pixels=LIMIT), decode(MOSAIC, max_pixels=LIMIT))


def test_a_camera_without_colours() -> None:
    grey = {262: (dng.SHORT, (dng.LINEAR,)), 50717: (dng.LONG, (65_535,))}
    values = SCENE[..., 0].astype(np.uint16) * 257
    frame = decode(dng.file(dng.camera() | dng.picture(values, dng.LINEAR) | grey), max_pixels=LIMIT)
    assert frame.shape == SCENE.shape
    assert np.ptp(frame, axis=2).max() == 0
    assert np.ptp(frame) > 200


def test_rawpy_is_not_imported_here() -> None:
    decode(MOSAIC, max_pixels=LIMIT)
    assert "rawpy" not in sys.modules
