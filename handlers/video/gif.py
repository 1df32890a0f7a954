"""A GIF's bytes -> its size, and whether its first picture is there to the end."""

from __future__ import annotations

_SCREEN = 13  # bytes of signature and screen
_EXTENSION, _IMAGE = 0x21, 0x2C


def area(data: bytes) -> int:
    """Pixels of the screen that all frames are drawn on."""
    return int.from_bytes(data[6:8], "little") * int.from_bytes(data[8:10], "little")


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
