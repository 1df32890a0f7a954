"""Small films that cost a decoder much."""

from __future__ import annotations

import struct


def blank_gif(side: int, frames: int, disposal: int = 2) -> bytes:
    """Frames of `side` squared pixels in 23 bytes each: one pixel is there, the others are missing.

    disposal: 2 to clear each before the next one, 3 to put back what was there before.
    """
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    control = b"\x21\xf9\x04" + bytes([disposal << 2]) + b"\x02\0\0\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\0"
    return head + (control + frame) * frames + b";"
