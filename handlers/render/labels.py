"""Labels on their plates: where each goes, and the plate itself. Pictures are changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from handlers.render import lettering
from handlers.render.palette import Colour, ink_on
from handlers.render.strokes import Edges
from model_cache.prediction import Frame, Ints


@dataclass(frozen=True)
class Label:
    """edges: of what it names, inside the picture; peak: the x at which that reaches its top."""

    name: str
    number: str
    colour: Colour
    edges: Edges
    peak: int


@dataclass(frozen=True)
class _Plate:
    picture: Frame
    left: int
    top: int


def font_size(height: int, width: int) -> int:
    """Pixels, for a picture's height and width."""
    return round(6.6 + 0.0064 * (height + width))


def plate(text: str, size: int, colour: Colour) -> Frame:
    """The text in black or white on its colour, (lettering.height_at(size), lettering.width_at(text, size), 3)."""
    ground, ink = np.array(colour, np.float32), np.array(ink_on(colour), np.float32)
    shades = ground + np.linspace(0, 1, 256, dtype=np.float32)[:, None] * (ink - ground)
    picture: Frame = np.round(shades).astype(np.uint8)[lettering.letters(text, size)]
    return picture


def draw_labels(picture: Frame, labels: Sequence[Label]) -> None:
    """Write the labels, the first on top and with the first choice of its place.

    A label is left out where the picture is too small for it or the labels above it leave less than half.
    """
    height, width = picture.shape[:2]
    size = font_size(height, width)
    taken = np.empty((len(labels), 4), np.int64)
    plates: list[_Plate] = []
    for label in labels:
        fitted = lettering.fit(label.name, label.number, width, size, lettering.smaller(size))
        if fitted is None or lettering.height_at(fitted[1]) > height:
            continue
        image = plate(*fitted, label.colour)
        place = _place(label, image.shape[:2], (height, width), taken[: len(plates)])
        if place is not None:
            taken[len(plates)] = place
            plates.append(_Plate(image, place[0], place[1]))
    for one in reversed(plates):
        high, wide = one.picture.shape[:2]
        picture[one.top : one.top + high, one.left : one.left + wide] = one.picture


def _place(label: Label, plate: tuple[int, int], picture: tuple[int, int], taken: Ints) -> Edges | None:
    """Of the places that are free the first, else the one that is covered least; None if that is more than half."""
    best, least = None, plate[0] * plate[1] // 2 + 1
    for left, top in _places(label, plate, picture[0]):
        x = max(min(left, picture[1] - plate[1]), 0)
        y = max(min(top, picture[0] - plate[0]), 0)
        place = x, y, x + plate[1], y + plate[0]
        covered = _overlap(place, taken)
        if covered < least:
            best, least = place, covered
        if not covered:
            break
    return best


def _places(label: Label, plate: tuple[int, int], height: int) -> Iterator[tuple[int, int]]:
    """Left and top of the plate, the best place first: above, inside at the top, below, inside at the bottom."""
    high, wide = plate
    left, top, right, bottom = label.edges
    x = label.peak if label.peak * 2 <= left + right else label.peak - wide
    if top >= high:
        yield x, top - high
    yield x, top
    if top >= high:
        yield right - wide, top - high
    if bottom + high <= height:
        yield left, bottom
    yield left, bottom - high
    yield right - wide, top


def _overlap(place: Edges, taken: Ints) -> int:
    """Pixels of a place that those taken (n, 4) cover, counted once for each of them."""
    if not len(taken):
        return 0
    wide = np.minimum(taken[:, 2], place[2]) - np.maximum(taken[:, 0], place[0])
    high = np.minimum(taken[:, 3], place[3]) - np.maximum(taken[:, 1], place[1])
    return int((wide.clip(0) * high.clip(0)).sum())
