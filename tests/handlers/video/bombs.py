"""Small films that cost a decoder much."""

from __future__ import annotations

import io
import struct
from typing import Any


def blank_gif(side: int, frames: int, disposal: int = 2) -> bytes:
    """Frames of `side` squared pixels in 23 bytes each: one pixel is there, the others are missing.

    disposal: 2 to clear each before the next one, 3 to put back what was there before.
    """
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    control = b"\x21\xf9\x04" + bytes([disposal << 2]) + b"\x02\0\0\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\0"
    return head + (control + frame) * frames + b";"


def growing_film(side: int, frames: int) -> bytes:
    """H.264: a second of 48 by 64 pixels, and then frames of `side` squared ones. Needs PyAV."""
    return _film(48, 64, 25, 0) + _film(side, side, frames, 25)


def _film(height: int, width: int, frames: int, first: int) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "threads=1:keyint=1"}
        grey = av.VideoFrame(width, height, "yuv420p")
        for plane in grey.planes:
            plane.update(b"\x80" * plane.buffer_size)
        for number in range(frames):
            grey.pts = first + number
            container.mux(stream.encode(grey))
        container.mux(stream.encode(None))
    return file.getvalue()
