"""Escaped or encoded text of any length -> what it says, at a cost that its length alone decides.

Python's own `unquote` makes an object of every escape: of a hundred megabytes of them, gigabytes in half a minute.
"""

from __future__ import annotations

import re

import numpy as np

from handlers.errors import BadRequest

_BLOCK = 1_000_000  # bytes unescaped at once
_PERCENT, _NO_DIGIT = 0x25, 255
_DIGITS = np.full(256, _NO_DIGIT, np.uint8)
for _digit in "0123456789abcdefABCDEF":
    _DIGITS[ord(_digit)] = int(_digit, 16)

# A character beyond Latin-1 makes Python keep two or four bytes for each of the text's: 400 MB for the largest body.
_MOST_WIDE = 25_000_000
_WIDE_ESCAPE = re.compile(rb"\\u(?!00)")


def unescape(text: bytes) -> bytes:
    """Undo percent encoding; what is no escape stays as it is."""
    if b"%" not in text:
        return text
    blocks, at = [], 0
    while at < len(text):
        end = at + _BLOCK
        cut = text.find(b"%", end - 2, end)  # an escape may not be cut in two
        end = end if cut < 0 or end >= len(text) else cut
        blocks.append(_unescape(np.frombuffer(text[at:end], np.uint8)))
        at = end
    return b"".join(blocks)


def _unescape(codes: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> bytes:
    marks = np.flatnonzero(codes[:-2] == _PERCENT)
    high, low = _DIGITS[codes[marks + 1]], _DIGITS[codes[marks + 2]]
    escapes = (high != _NO_DIGIT) & (low != _NO_DIGIT)
    marks = marks[escapes]
    said, keep = codes.copy(), np.ones(len(codes), bool)
    said[marks] = high[escapes] << 4 | low[escapes]
    keep[marks + 1] = keep[marks + 2] = False
    return said[keep].tobytes()


def decode_text(data: bytes, encoding: str = "utf-8") -> str:
    """The text in UTF-8; raises UnicodeDecodeError, and BadRequest where it would take several times its length."""
    if len(data) > _MOST_WIDE and (not data.isascii() or _WIDE_ESCAPE.search(data)):
        raise BadRequest("The text is too large to hold characters beyond ASCII.")
    return data.decode(encoding)
