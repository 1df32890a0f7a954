"""Text -> a small grey picture of it. Class names come from the weights' owner: they may hold anything.

The letters are those that OpenCV 5 brings along: Latin, Cyrillic, Greek, Chinese, Japanese, Korean,
Arabic and Hebrew. What they lack (emoji, Thai, Devanagari) is drawn as a question mark.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

Letters = NDArray[np.uint8]  # (height, width), 0 where there is no ink, 255 where there is

SMALLEST = 7  # pixels; below it letters are specks
_LONGEST = 64  # letters of a name
_WEIGHT = 500  # a little bolder than regular: thin strokes drown in a coloured plate
_RISE, _DROP, _PAD = 0.98, 0.28, 0.3  # parts of the size above and below the base line and at each end
_lock = Lock()  # OpenCV does not say that one font may be used from several threads


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")  # takes 30 ms, hence not at import


def clean(name: str) -> str:
    """The name on one line, without control, format and unassigned characters, 64 letters at most.

    Lone surrogates are among those left out: OpenCV crashes on them.
    """
    spaced = (" " if c.isspace() else c for c in name[: 8 * _LONGEST])
    text = " ".join("".join(c for c in spaced if not unicodedata.category(c).startswith("C")).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def height_at(size: int) -> int:
    """Pixels from top to bottom of every line of text at a font size in pixels."""
    return round(size * _RISE) + round(size * _DROP)


@lru_cache(maxsize=1024)
def width_at(text: str, size: int) -> int:
    """Pixels that a text takes, with the space at its ends."""
    with _lock:
        _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size, _WEIGHT)
    return width + 2 * round(size * _PAD)


@lru_cache(maxsize=256)
def letters(text: str, size: int) -> Letters:
    """How much ink each pixel of a text has: (height_at(size), width_at(text, size)), not to be written to."""
    canvas = np.zeros((height_at(size), width_at(text, size)), np.uint8)
    origin = round(size * _PAD), round(size * _RISE)
    with _lock:
        cv2.putText(canvas, text, origin, (255,), _font(), size, _WEIGHT)
    canvas.flags.writeable = False
    return canvas


def fit(name: str, number: str, room: int, size: int) -> tuple[str, int] | None:
    """The text and font size for `room` pixels of width, or None if there is no room for a letter.

    Where the whole does not fit, first the letters shrink, by a third at most, then the name is cut
    short, and at last the number goes.
    """
    whole = f"{name} {number}".strip()
    least = min(size, max(SMALLEST, round(size * 2 / 3)))
    for smaller in range(size, least - 1, -1):
        if width_at(whole, smaller) <= room:
            return whole, smaller
    for tail in (f"… {number}", "…") if number else ("…",):
        for count in range(len(name), 0, -1):
            text = name[:count].rstrip() + tail
            if width_at(text, least) <= room:
                return text, least
    return None
