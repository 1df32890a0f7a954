"""A GIF's bytes -> whether its first picture is there to the end, and whether a decoder must keep one besides."""

from __future__ import annotations

import re

_SCREEN = 13  # bytes of signature and screen
_EXTENSION, _IMAGE = 0x21, 0x2C
# A graphic control extension whose disposal method, bits 2 to 4, is 3: "restore to previous".
_RESTORE = re.compile(rb"\x21\xf9\x04[%s]" % re.escape(bytes(flags for flags in range(256) if flags & 0x1C == 0x0C)))


def restores(data: bytes) -> bool:
    """Whether a frame is taken away again, so that FFmpeg keeps what was there before: as much memory again."""
    return _RESTORE.search(data) is not None


def has_first(data: bytes) -> bool:
    """FFmpeg would leave the rest of it blank."""
    try:
        at = _SCREEN + _table(data[10])
        while data[at] == _EXTENSION:
            at = _after_blocks(data, at + 2)
        if data[at] != _IMAGE:
            return False
        # Place and size, colours, the codes' first width, and then what they say.
        _after_blocks(data, at + 10 + _table(data[at + 9]) + 1)
    except IndexError:
        return False
    return True


def _table(flags: int) -> int:
    """Bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1
