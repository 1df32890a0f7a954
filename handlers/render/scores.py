"""A classification's likeliest classes on a plate at the picture's upper left. The picture is changed in place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from handlers.render import lettering
from handlers.render.labels import font_size
from handlers.render.palette import Colour, colour_of
from model_cache.prediction import Frame, Prediction

_ROWS = 5
_SHADE = 0.72  # how much of the ground the plate's black covers
_TRACK = 70  # grey on which a bar of the class's colour shows the probability


@dataclass(frozen=True)
class _Row:
    name: str
    probability: float
    colour: Colour

    @property
    def number(self) -> str:
        return f"{self.probability:.2f}"


def draw_scores(picture: Frame, prediction: Prediction) -> None:
    """Name, probability and a bar for each of the five likeliest classes, or as many as there is room for."""
    height, width = picture.shape[:2]
    rows = _rows(prediction)
    size = font_size(height, width)
    least = lettering.smaller(size)
    while size > least and _wide(rows, size) > width:
        size -= 1
    while size > lettering.SMALLEST and _high(size) * len(rows) > height:
        size -= 1
    rows = rows[: height // _high(size)]
    if not rows or width < size:
        return
    margin = max(min(size // 2, height - _high(size) * len(rows), width - _wide(rows, size)), 0)
    high, wide = _high(size) * len(rows), min(_wide(rows, size), width)
    plate = picture[margin : margin + high, margin : margin + wide]
    plate[:] = np.round(plate * np.float32(1 - _SHADE)).astype(np.uint8)
    for i, row in enumerate(rows):
        _draw_row(plate[i * _high(size) : (i + 1) * _high(size)], row, size)


def _rows(prediction: Prediction) -> list[_Row]:
    if prediction.probabilities is None:
        return []
    best = prediction.top(_ROWS).tolist()
    named = ((i, lettering.clean(prediction.names.get(i, str(i)))) for i in best)
    return [_Row(name, float(prediction.probabilities[i]), colour_of(i)) for i, name in named]


def _high(size: int) -> int:
    """A row's height: the text, the bar, and the bar's height again above and below them."""
    return lettering.height_at(size) + 3 * _bar(size)


def _wide(rows: list[_Row], size: int) -> int:
    return max((lettering.width_at(r.name, size) + lettering.width_at(r.number, size) for r in rows), default=0)


def _bar(size: int) -> int:
    return max(round(size * 0.12), 1)


def _draw_row(strip: Frame, row: _Row, size: int) -> None:
    """strip: the part of the picture that the row takes."""
    bar, wide = _bar(size), strip.shape[1]
    number = lettering.width_at(row.number, size)
    fitted = lettering.fit(row.name, "", wide - number, size, size)
    if fitted is None:
        # Too narrow for both: the name tells more.
        number, fitted = 0, lettering.fit(row.name, "", wide, size, size)
    if fitted is not None:
        _write(strip[bar:], fitted[0], size, 0)
    if number:
        _write(strip[bar:], row.number, size, wide - number)
    pad = min(round(size * 0.3), wide // 4)
    track = strip[-2 * bar : -bar, pad : wide - pad]
    track[:] = _TRACK
    track[:, : round(track.shape[1] * min(max(np.nan_to_num(row.probability), 0), 1))] = row.colour


def _write(strip: Frame, text: str, size: int, left: int) -> None:
    """White text on what is there."""
    ink = lettering.letters(text, size)[..., None] / np.float32(255)
    part = strip[: ink.shape[0], left : left + ink.shape[1]]
    part[:] = np.round(part + ink * (np.float32(255) - part)).astype(np.uint8)
