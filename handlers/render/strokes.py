"""Lines, dots and areas, antialiased, from points in pixels of the frame. Pictures are changed in place.

Points have their origin at the upper left corner of the first pixel, as everywhere; OpenCV has it in
that pixel's middle, and takes sixteenths of pixels as whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from handlers.render.palette import Colour
from model_cache.prediction import Floats, Frame

Edges = tuple[int, int, int, int]  # left, top, right, bottom in whole pixels, the last two exclusive

_BITS = 4
_FARTHEST = 1e5  # pixels; OpenCV's fixed-point numbers overflow at a thousand times that


def _fixed(points: Floats) -> NDArray[np.int32]:
    centred = np.clip(points.astype(np.float64), -_FARTHEST, _FARTHEST) - 0.5
    return np.round(centred * (1 << _BITS)).astype(np.int32)


def line(picture: Frame, points: Floats, colour: Colour, width: int, *, closed: bool = True) -> None:
    """A line `width` pixels wide through points (n, 2)."""
    cv2.polylines(picture, [_fixed(points)], closed, colour, width, cv2.LINE_AA, _BITS)


def dot(picture: Frame, point: Floats, colour: Colour, radius: float) -> None:
    x, y = _fixed(point).tolist()
    cv2.circle(picture, (x, y), round(radius * (1 << _BITS)), colour, cv2.FILLED, cv2.LINE_AA, _BITS)


def area(picture: Frame, rings: Sequence[Floats], colour: Colour) -> None:
    """Fill what lies inside an odd number of the closed rings, each (n, 2)."""
    cv2.fillPoly(picture, [_fixed(ring) for ring in rings], colour, cv2.LINE_AA, _BITS)


def box(picture: Frame, corners: Floats, colour: Colour, width: int) -> Edges:
    """An upright box x1 y1 x2 y2 with lines of `width` whole pixels, so that they are crisp; returns `around`."""
    left, top, right, bottom = around(picture, corners, width)
    picture[top : min(top + width, bottom), left:right] = colour
    picture[max(bottom - width, top) : bottom, left:right] = colour
    picture[top:bottom, left : min(left + width, right)] = colour
    picture[top:bottom, max(right - width, left) : right] = colour
    return left, top, right, bottom


def around(picture: Frame, corners: Floats, width: int) -> Edges:
    """The outer edges of lines `width` pixels wide astride a box x1 y1 x2 y2; at the border inside the picture."""
    high, wide = picture.shape[:2]
    # Halves are rounded inwards on all sides alike.
    starts = np.floor(corners[:2].astype(np.float64) - width / 2 + 0.5)
    ends = np.ceil(corners[2:].astype(np.float64) + width / 2 - 0.5)
    left, top = np.clip(starts, 0, [wide - 1, high - 1]).astype(int).tolist()
    right, bottom = np.clip(ends, [left + 1, top + 1], [wide, high]).astype(int).tolist()
    return left, top, right, bottom
