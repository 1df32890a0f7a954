"""A picture's bytes -> how many pixels decoding it would fill, from its headers alone.

They are read as the decoders read them; where a file says a thing twice, the larger counts. A file whose
structure does not hold raises BadRequest, so that OpenCV never sees, for instance, the 105-byte PNG whose
chunk length costs it 4 GB.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Literal

from handlers.decode import av1, jpeg, jpeg2000, tiff
from handlers.decode.formats import INCOMPLETE, Format
from handlers.errors import BadRequest

_MAX_SEGMENTS = 100_000  # of a PNG: a hundred megabytes of empty ones would take seconds to walk through
_PIXELS_PER_BYTE = 2  # of an AVIF or HEIC: 0.1 s a megabyte, of which a picture of 50 megapixels has 5 to 15
_MAX_SIZES = 10_000  # of an AVIF's or HEIC's stored pictures: a grid's tiles and thumbnails

_HEIF_SIZE = re.compile(rb"ispe\0{4}(.{8})", re.DOTALL)
_SIZE = struct.Struct(">II")


def pixels(data: bytes, kind: Format | Literal["DNG"]) -> int:
    """The pixels that decoding `data` would fill; of a DNG, that developing its mosaic would."""
    try:
        return _READERS[kind](data)
    except (struct.error, IndexError, OverflowError) as error:
        raise BadRequest(INCOMPLETE) from error


def _png(data: bytes) -> int:
    at, area = 8, 0
    for _ in range(_MAX_SEGMENTS):
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            break
        if name in (b"IHDR", b"fcTL"):  # the picture's, and an animation's frame's within it
            width, height = struct.unpack_from(">II", data, at + (8 if name == b"IHDR" else 12))
            area = max(area, width * height)
        if name == b"IEND":
            return area
        at += 12 + int(length)
    raise BadRequest(INCOMPLETE)


def _webp(data: bytes) -> int:
    chunk = data[12:16]
    if chunk == b"VP8X":
        wide, high = data[24:27], data[27:30]
        return (int.from_bytes(wide, "little") + 1) * (int.from_bytes(high, "little") + 1)
    if chunk == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return int((width & 0x3FFF) * (height & 0x3FFF))
    raise BadRequest(INCOMPLETE)


def _bmp(data: bytes) -> int:
    old = struct.unpack_from("<I", data, 14)[0] == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return abs(int(width) * int(height))  # a negative height counts the rows from the top


def _heif(data: bytes) -> int:
    """AVIF and HEIC: the largest of the sizes of stored pictures, which the one shown may be a small part of; or
    those of a larger one that takes as long as so many bytes.
    """
    if data.count(b"ispe") > _MAX_SIZES:
        raise BadRequest(INCOMPLETE)
    area = max((int(width * height) for width, height in map(_SIZE.unpack, _HEIF_SIZE.findall(data))), default=0)
    return area and max(area, _PIXELS_PER_BYTE * len(data))


_READERS: dict[Format | Literal["DNG"], Callable[[bytes], int]] = {
    "JPEG": lambda data: jpeg.walk(data).pixels,
    "PNG": _png,
    "WebP": _webp,
    "BMP": _bmp,
    "JPEG 2000": jpeg2000.pixels,
    "TIFF": tiff.first_pixels,
    # LibRaw holds four 16-bit values a pixel, the mosaic and the frame: three times what the other decoders take.
    "DNG": lambda data: 2 * tiff.raw_pixels(data),
    "AVIF": lambda data: max(_heif(data), av1.pixels(data)),
    "HEIC": _heif,
}
