"""An AVIF's bytes -> the AV1 data that a decoder would be given of it.

Raises BadRequest, and IndexError or struct.error where a box ends too early.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from handlers.decode.formats import INCOMPLETE
from handlers.errors import BadRequest

_MAX_BOXES = 20_000  # a grid of a thousand tiles has 4,000
_MAX_DEPTH = 8  # a track's tables lie five deep
# The boxes that hold others, and how many bytes of their own come first. (iinf: a count of 2 or 4 bytes.)
_PARENTS = {b"meta": 4, b"iinf": 6, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}

# Boxes by their names, and each one's content.
_Boxes = list[tuple[bytes, memoryview]]


def coded(data: bytes) -> Iterator[bytes | memoryview]:
    """Of every AV1 item (tiles, alpha, thumbnails) all data, of every track the first sample."""
    boxes: _Boxes = []
    _collect(memoryview(data), boxes)
    yield from _items(data, boxes)
    yield from _samples(data, boxes)


def _collect(data: memoryview, boxes: _Boxes, depth: int = 0) -> None:
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        end = at + length if length else len(data)
        if end > len(data) and not depth:
            return  # decoders do not mind what follows the boxes that they need
        if end < at + head or end > len(data) or len(boxes) > _MAX_BOXES or depth > _MAX_DEPTH:
            raise BadRequest(INCOMPLETE)
        content = data[at + head : end]
        boxes.append((name, content))
        if name in _PARENTS:
            wide = name == b"iinf" and content[0] > 0
            _collect(content[_PARENTS[name] + 2 * wide :], boxes, depth + 1)
        at = end


def _items(data: bytes, boxes: _Boxes) -> Iterator[bytes | memoryview]:
    wanted = set()
    for name, box in boxes:
        if name == b"infe" and box[0] >= 2:
            at = 6 if box[0] == 2 else 8
            if bytes(box[at + 2 : at + 6]) == b"av01":
                wanted.add(int.from_bytes(box[4:at], "big"))
    inner = [box for name, box in boxes if name == b"idat"]
    budget = 2 * len(data)  # for what overlaps, or lies apart and so is copied
    for name, box in boxes:
        for item, in_box, extents in _locations(box) if name == b"iloc" else ():
            if item not in wanted:
                continue
            for source in inner if in_box else (memoryview(data),):
                parts = [source[start : start + length if length else None] for start, length in extents]
                budget -= sum(map(len, parts))
                if budget < 0:
                    raise BadRequest(INCOMPLETE)
                yield parts[0] if len(parts) == 1 else b"".join(parts)


def _locations(box: memoryview) -> Iterator[tuple[int, bool, list[tuple[int, int]]]]:
    """Of an iloc box: an item's number, whether it lies in the idat box, and its (start, length)s."""
    fields = _Fields(box)
    version, _ = fields.number(1), fields.number(3)
    sizes = fields.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(fields.number(4 if version == 2 else 2)):
        item = fields.number(4 if version == 2 else 2)
        in_box = version > 0 and fields.number(2) & 15 == 1
        fields.number(2)  # a file of its own, if not 0; decoders know none
        base = fields.number(base_size)
        extents = []
        for _ in range(fields.number(2)):
            fields.number(index_size if version else 0)
            extents.append((base + fields.number(offset_size), fields.number(length_size)))
        yield item, in_box, extents


def _samples(data: bytes, boxes: _Boxes) -> Iterator[memoryview]:
    offsets = [_Fields(box, 4) for name, box in boxes if name in (b"stco", b"co64")]
    widths = [4 if name == b"stco" else 8 for name, _ in boxes if name in (b"stco", b"co64")]
    sizes = [_Fields(box, 4) for name, box in boxes if name == b"stsz"]
    for offset, width, size in zip(offsets, widths, sizes, strict=False):
        length, count = size.number(4), size.number(4)
        if count and offset.number(4):
            start = offset.number(width)
            yield memoryview(data)[start : start + (length or size.number(4))]


class _Fields:
    """Big-endian numbers, one after the other; IndexError beyond the end."""

    def __init__(self, data: memoryview, at: int = 0) -> None:
        self._data, self._at = data, at

    def number(self, size: int) -> int:
        self._at += size
        if self._at > len(self._data):
            raise IndexError
        return int.from_bytes(self._data[self._at - size : self._at], "big")
