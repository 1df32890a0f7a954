"""A picture's bytes -> how many pixels decoding it would fill, and those bytes that its pixels depend on.

Of the formats that are decoded in the server's own process: JPEG (jpeg.py), PNG, WebP and BMP. Headers are read as the
decoders read them; where a file says a thing twice, the larger counts. A file whose structure does not hold raises
BadRequest, so that OpenCV never sees, for instance, the 105-byte PNG whose chunk length costs it 4 GB.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from handlers.decode import jpeg
from handlers.decode.formats import INCOMPLETE, Format
from handlers.errors import BadRequest

_MAX_SEGMENTS = 100_000  # of a PNG or WebP: a hundred megabytes of empty ones would take seconds to walk through
_MAX_EXIF = 65_536  # bytes, as many as a JPEG's segment holds; OpenCV takes 90 s for 20 MB of entries
# Chunks of a PNG that may be left out, but change the frame that OpenCV makes of it: by transparency, orientation, or
# animation. The others cost it up to half a minute in texts and profiles, which it unpacks and throws away.
_EFFECTIVE = {b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"bKGD"}
_OPTIONAL = 0x20  # this bit of a chunk's first letter says that a decoder may pass it over


def read(data: bytes, kind: Format) -> tuple[int, bytes]:
    """How many pixels decoding fills, and the bytes to decode: the same, or without what has no effect.

    Raises BadRequest, and TooLarge of a JPEG.
    """
    try:
        return _READERS[kind](data)
    except (struct.error, IndexError, OverflowError) as error:
        raise BadRequest(INCOMPLETE) from error


def _jpeg(data: bytes) -> tuple[int, bytes]:
    found = jpeg.walk(data)
    _limit_exif(found.exif)
    return found.pixels, data


def _png(data: bytes) -> tuple[int, bytes]:
    at, area, exif = 8, 0, 0
    kept, since = [], 0  # what is kept, and where that which is not cut off yet begins
    for _ in range(_MAX_SEGMENTS):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        if name in (b"IHDR", b"fcTL"):  # the picture's, and an animation's frame's within it
            width, height = struct.unpack_from(">II", data, at + (8 if name == b"IHDR" else 12))
            area = max(area, width * height)
        elif name == b"eXIf":
            exif += length
        elif name[0] & _OPTIONAL and name not in _EFFECTIVE:
            kept.append(data[since:at])
            since = end
        elif name == b"IEND":
            _limit_exif(exif)
            return area, b"".join([*kept, data[since:end]]) if kept else data
        at = end
    raise BadRequest(INCOMPLETE)


def _webp(data: bytes) -> tuple[int, bytes]:
    _limit_exif(sum(length for name, length in _riff(data) if name == b"EXIF"))
    chunk = data[12:16]
    if chunk == b"VP8X":
        wide, high = data[24:27], data[27:30]
        return (int.from_bytes(wide, "little") + 1) * (int.from_bytes(high, "little") + 1), data
    if chunk == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1), data
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return int((width & 0x3FFF) * (height & 0x3FFF)), data
    raise BadRequest(INCOMPLETE)


def _riff(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The chunks' names and lengths."""
    at = 12
    for _ in range(_MAX_SEGMENTS):
        if at + 8 > len(data):
            return
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, length
        at += 8 + length + length % 2
    raise BadRequest(INCOMPLETE)


def _bmp(data: bytes) -> tuple[int, bytes]:
    old = struct.unpack_from("<I", data, 14)[0] == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return abs(int(width) * int(height)), data  # a negative height counts the rows from the top


def _limit_exif(nbytes: int) -> None:
    if nbytes > _MAX_EXIF:
        raise BadRequest("The picture's EXIF data is larger than 64 kB; send the picture without it.")


_READERS: dict[Format, Callable[[bytes], tuple[int, bytes]]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WebP": _webp,
    "BMP": _bmp,
}
