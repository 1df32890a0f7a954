"""An AVIF's bytes -> how many pixels its coded frames fill, which may be more than the boxes declare.

A frame is decoded at the size that its sequence header says, then scaled to the one declared; an `av1C`
box repeats that header, but decoders do not look at it there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from handlers.errors import BadRequest

_INCOMPLETE = "The file is not a complete image."
_MAX_BOXES = 20_000  # a grid of a thousand tiles has 4,000
_MAX_UNITS = 20_000  # OBUs: a still frame has about three, and a sample of an animation no more
_PARENTS = {b"meta": 4, b"iinf": 0, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}
_SEQUENCE_HEADER = 1

# Boxes by their names, and each one's content.
Boxes = list[tuple[bytes, memoryview]]


def pixels(data: bytes) -> int:
    """The largest frame that any item, or the first sample of any track, may have.

    Raises BadRequest where no such header is found, and IndexError or struct.error of broken boxes.
    """
    boxes = list(_boxes(memoryview(data)))
    if len(boxes) > _MAX_BOXES:
        raise BadRequest(_INCOMPLETE)
    units, area = 0, 0
    for coded in (*_items(data, boxes), *_samples(data, boxes)):
        for unit, payload in _units(coded):
            units += 1
            if units > _MAX_UNITS:
                raise BadRequest(_INCOMPLETE)
            if unit == _SEQUENCE_HEADER:
                area = max(area, _frame(payload))
    if not area:
        raise BadRequest(_INCOMPLETE)
    return area


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at, count = 0, 0
    while at + 8 <= len(data) and count <= _MAX_BOXES:
        length, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        end = at + length if length else len(data)
        if end < at + head or end > len(data):
            raise BadRequest(_INCOMPLETE)
        content = data[at + head : end]
        yield name, content
        count += 1
        if name in _PARENTS:
            skipped = _PARENTS[name] if name != b"iinf" else 8 if content[0] else 6
            for box in _boxes(content[skipped:]):
                yield box
                count += 1
        at = end


def _items(data: bytes, boxes: Boxes) -> Iterator[bytes | memoryview]:
    """The AV1 items' bytes: tiles, alpha and thumbnails with the picture itself."""
    coded = set()
    for name, box in boxes:
        if name == b"infe" and box[0] >= 2:
            at = 6 if box[0] == 2 else 8
            if box[at + 2 : at + 6] == b"av01":
                coded.add(int.from_bytes(box[4:at], "big"))
    inner = next((box for name, box in boxes if name == b"idat"), memoryview(b""))
    budget = 2 * len(data)  # for what overlaps, or lies apart and so is copied
    for name, box in boxes:
        for item, in_box, extents in _locations(box) if name == b"iloc" else ():
            if item not in coded:
                continue
            source = inner if in_box else memoryview(data)
            parts = [source[start : start + length if length else None] for start, length in extents]
            budget -= sum(map(len, parts))
            if budget < 0:
                raise BadRequest(_INCOMPLETE)
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


class _Fields:
    """Big-endian numbers, one after the other; IndexError beyond the end."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def number(self, size: int) -> int:
        self._at += size
        if self._at > len(self._data):
            raise IndexError
        return int.from_bytes(self._data[self._at - size : self._at], "big")


def _samples(data: bytes, boxes: Boxes) -> Iterator[memoryview]:
    """Of an animation's tracks, the bytes from the first sample to that chunk's end, or beyond."""
    for name, box in boxes:
        if name in (b"stco", b"co64") and int.from_bytes(box[4:8], "big"):
            width = 4 if name == b"stco" else 8
            yield memoryview(data)[int.from_bytes(box[8 : 8 + width], "big") :][:_FIRST_SAMPLE]


_FIRST_SAMPLE = 64  # enough: the sequence header comes before any frame


def _units(data: bytes | memoryview) -> Iterator[tuple[int, bytes]]:
    """The OBUs' types, and what their first bytes are."""
    at = 0
    while at < len(data):
        first = data[at]
        at += 2 if first & 4 else 1
        length = len(data) - at
        if first & 2:
            length, shift = 0, 0
            for shift in range(0, 56, 7):
                byte = data[at]
                at += 1
                length |= (byte & 0x7F) << shift
                if byte < 0x80:
                    break
        yield first >> 3 & 15, bytes(data[at : at + min(length, 512)])
        at += length


def _frame(header: bytes) -> int:
    raise NotImplementedError
