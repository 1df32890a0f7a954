"""Text -> a small grey picture of it. Class names come from the weights' owner: they may hold anything.

The letters are those that OpenCV 5 brings along: Latin, Cyrillic, Greek, Hebrew, Chinese, Japanese,
Korean, and Arabic, though not joined up. What they lack (emoji, Thai, Devanagari) becomes a question mark.
"""

from __future__ import annotations

import re
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
# OpenCV puts every letter on a whole pixel. Smaller letters, where that shows, are drawn larger and scaled down.
_LARGE, _LARGER = 40, 4
_RIGHT_TO_LEFT = re.compile(
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+(?: +[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+)*"
)
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
    times = _times(size)
    with _lock:
        _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size * times, _WEIGHT)
    return -(-width // times) + 2 * round(size * _PAD)


@lru_cache(maxsize=256)
def letters(text: str, size: int) -> Letters:
    """How much ink each pixel of a text has: (height_at(size), width_at(text, size)), not to be written to."""
    times = _times(size)
    height, width = height_at(size), width_at(text, size)
    canvas = np.zeros((height * times, width * times), np.uint8)
    origin = round(size * _PAD) * times, round(size * _RISE) * times
    visual = _RIGHT_TO_LEFT.sub(lambda run: run[0][::-1], text)
    with _lock:
        cv2.putText(canvas, visual, origin, (255,), _font(), size * times, _WEIGHT)
    ink = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    ink.flags.writeable = False
    return ink


def _times(size: int) -> int:
    return _LARGER if size < _LARGE else 1


def smaller(size: int) -> int:
    """The least that a font size may shrink to, where room is short: by a third."""
    return min(size, max(SMALLEST, round(size * 2 / 3)))


def fit(name: str, number: str, room: int, size: int, least: int) -> tuple[str, int] | None:
    """The text and font size for `room` pixels of width, or None if there is no room for a letter.

    Where the whole does not fit, first the letters shrink to the size `least`, then the name is cut
    short, and at last the number goes.
    """
    whole = f"{name} {number}".strip()
    for one in range(size, least - 1, -1):
        if width_at(whole, one) <= room:
            return whole, one
    for tail in (f"… {number}", "…") if number else ("…",):
        for count in range(len(name), 0, -1):
            text = name[:count].rstrip() + tail
            if width_at(text, least) <= room:
                return text, least
    return None
