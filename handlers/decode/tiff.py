"""A TIFF's or DNG's bytes -> how many pixels decoding it would fill, from its directories alone.

A DNG is a TIFF of several: the first is often a small preview, the sensor's mosaic stands in a SubIFD.
Raises BadRequest, and struct.error where a directory reaches beyond the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from handlers.decode.formats import INCOMPLETE
from handlers.errors import BadRequest

_MAX_ENTRIES = 65_535  # of a BigTIFF's directory, whose count has 64 bits
_MAX_VALUES = 400_000  # of the tags looked at, all together: a picture has thousands of strips or tiles at most
_MAX_DIRECTORIES = 32  # a camera's file has the mosaic, three previews and a mask or two

_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_WIDTH, _HEIGHT, _BITS, _SAMPLES, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 258, 277, 322, 323
_USUAL_BITS = 48  # of a pixel: three samples of 16 bits; a picture of more takes as much as a larger one
_PLACES = ((273, 279), (324, 325))  # the offsets and the lengths of strips, and those of tiles
_SUB_IFDS, _DNG_VERSION = 330, 50706
_SIZES = frozenset({_WIDTH, _HEIGHT, _BITS, _SAMPLES, _TILE_WIDTH, _TILE_HEIGHT})
_ALL = _SIZES | {_SUB_IFDS} | {tag for pair in _PLACES for tag in pair}

# Tag -> its values. Where a file says a tag twice, both count.
Directory = dict[int, list[int]]


class _Reader:
    """The byte order of a file and, of a BigTIFF, its longer offsets."""

    def __init__(self, data: bytes) -> None:
        order, big = "<" if data.startswith(b"II") else ">", b"+" in data[:4]
        self._data, self._order = data, order
        self._offset = struct.Struct(order + ("Q" if big else "I"))
        self._count = struct.Struct(order + ("Q" if big else "H"))
        self._entry = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
        self._left = _MAX_VALUES
        self.first = int(self._offset.unpack_from(data, 8 if big else 4)[0])

    def directory(self, at: int, wanted: frozenset[int]) -> tuple[Directory, int]:
        """The directory at `at`, and where the next one is (0 if nowhere)."""
        tags: Directory = {}
        entries = self._count.unpack_from(self._data, at)[0]
        at += self._count.size
        for _ in range(min(entries, _MAX_ENTRIES)):
            tag, kind, number, value = self._entry.unpack_from(self._data, at)
            at += self._entry.size
            if tag in wanted:
                tags.setdefault(tag, []).extend(self._values(kind, number, value))
        following = self._data[at : at + self._offset.size]
        return tags, self._offset.unpack(following)[0] if len(following) == self._offset.size else 0

    def _values(self, kind: int, number: int, value: bytes) -> tuple[int, ...]:
        code = _INTEGERS.get(kind)
        self._left -= number
        if code is None or self._left < 0:
            raise BadRequest(INCOMPLETE)
        form = struct.Struct(f"{self._order}{number}{code}")
        if form.size <= len(value):
            return form.unpack_from(value)
        return form.unpack_from(self._data, self._offset.unpack(value)[0])


def is_dng(data: bytes) -> bool:
    """Whether the first directory says so; False of one that cannot be read."""
    try:
        reader = _Reader(data)
        return _DNG_VERSION in reader.directory(reader.first, frozenset({_DNG_VERSION}))[0]
    except (struct.error, OverflowError, BadRequest):
        return False


def first_pixels(data: bytes) -> int:
    """Those of the first page, or of a tile, which may be larger than the page that it is for."""
    reader = _Reader(data)
    return _area(reader.directory(reader.first, _SIZES)[0])


def raw_pixels(data: bytes) -> int:
    """Those of a DNG's largest picture, wherever it stands, all of whose pixels are within the file.

    LibRaw leaves what is missing of some mosaics black.
    """
    largest = 0
    for directory in _directories(_Reader(data)):
        for offsets, lengths in _PLACES:
            places = zip(directory.get(offsets, ()), directory.get(lengths, ()), strict=False)
            if any(offset + length > len(data) for offset, length in places):
                raise BadRequest(INCOMPLETE)
        largest = max(largest, _area(directory))
    return largest


def _directories(reader: _Reader) -> Iterator[Directory]:
    seen: set[int] = set()
    waiting = [reader.first]
    while waiting:
        at = waiting.pop()
        if at in seen or not at:
            continue
        seen.add(at)
        if len(seen) > _MAX_DIRECTORIES:
            raise BadRequest(INCOMPLETE)
        directory, following = reader.directory(at, _ALL)
        yield directory
        waiting += [following, *directory.get(_SUB_IFDS, ())]


def _area(directory: Directory) -> int:
    def largest(tag: int) -> int:
        return max(directory.get(tag, ()), default=0)

    page, tile = largest(_WIDTH) * largest(_HEIGHT), largest(_TILE_WIDTH) * largest(_TILE_HEIGHT)
    return max(page, tile) * max(largest(_SAMPLES) * max(largest(_BITS), 8), _USUAL_BITS) // _USUAL_BITS
