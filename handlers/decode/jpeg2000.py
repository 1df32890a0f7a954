"""A JPEG 2000 picture's bytes -> what its header announces; and its frame, by OpenJPEG in a process of its own.

Neither its pixels nor its bytes bound what it costs: a 400 kB file of 25 megapixels takes 5 s, and one whose
code blocks are 4 x 4 takes 2 GB.
"""

from __future__ import annotations

import struct

from handlers.decode.apart import Allowance, decode_apart
from handlers.decode.formats import INCOMPLETE
from handlers.errors import BadRequest, TooLarge
from model_cache.prediction import Frame

_DEAR = "The JPEG 2000 picture is not complete, or takes too much time or memory to decode."
_MAX_BOXES = 100_000  # a hundred megabytes of empty ones would take seconds to walk through
_MAX_TILES = 4096  # OpenJPEG sets 9 kB aside for each tile that a header announces, 65,535 of them at most
# Measured on one core: 0.28 s a megabyte, and 15 bytes a pixel; 0.3 GB hold Python and its libraries.
_ALLOWANCE = Allowance(2, 0.08, 350_000_000, 17)
_PIXELS_PER_BYTE = 4


def pixels(data: bytes) -> int:
    """Twice as many as it has: OpenJPEG holds four bytes a sample, and the frame besides. Of a picture of
    many bytes more, for the time that they take. Raises BadRequest, TooLarge and struct.error.
    """
    start = 0 if data.startswith(b"\xff\x4f") else _codestream(data)
    if data[start : start + 4] != b"\xff\x4f\xff\x51":
        raise BadRequest(INCOMPLETE)
    size = map(int, struct.unpack_from(">8IH", data, start + 8))
    right, lower, left, upper, tile_width, tile_height, tile_left, tile_upper, components = size
    if not (tile_width and tile_height and components):
        raise BadRequest(INCOMPLETE)
    tiles = -(-max(right - tile_left, 0) // tile_width) * -(-max(lower - tile_upper, 0) // tile_height)
    if tiles > _MAX_TILES or components > 4:
        raise TooLarge(f"The JPEG 2000 picture has more than {_MAX_TILES} tiles or 4 components.")
    area = max(right - left, 0) * max(lower - upper, 0)
    return area and max(2 * area, _PIXELS_PER_BYTE * len(data))


def decode(data: bytes, max_pixels: int) -> Frame:
    """The picture, (h, w, 3), BGR. Raises BadRequest where OpenJPEG finds none, or does not come to an end."""
    frame = decode_apart("openjpeg", data, max_pixels // 2, _ALLOWANCE)
    if frame is None:
        raise BadRequest(_DEAR)
    return frame


def _codestream(data: bytes) -> int:
    """Where the first codestream of a JP2 file begins."""
    at = 0
    for _ in range(_MAX_BOXES):
        length, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        if name == b"jp2c":
            return at + head
        if length < head:
            break
        at += int(length)
    raise BadRequest(INCOMPLETE)
