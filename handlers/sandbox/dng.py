"""A TIFF's bytes -> whether it is a DNG, and whether all of the DNG's pixels are there.

LibRaw leaves black what is missing of some mosaics. A DNG is a TIFF of several directories: the first is often a small
preview's, the sensor's mosaic stands in a SubIFD.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from handlers.sandbox.limits import Refusal

_MAX_DIRECTORIES = 32  # a camera's file has the mosaic, three previews and a mask or two
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_PLACES = ((273, 279), (324, 325))  # the offsets and the lengths of strips, and those of tiles
_SUB_IFDS, _DNG_VERSION = 330, 50706
_TAGS = {_SUB_IFDS, _DNG_VERSION} | {tag for pair in _PLACES for tag in pair}

# Tag -> its values.
Directory = dict[int, tuple[int, ...]]


def is_dng(data: bytes) -> bool:
    """Whether the first directory says so; False of one that cannot be read."""
    try:
        return _DNG_VERSION in next(_directories(data), {})
    except (struct.error, OverflowError):
        return False


def check(data: bytes) -> None:
    """Raises Refusal, struct.error or OverflowError where strips or tiles reach beyond the file."""
    for number, directory in enumerate(_directories(data)):
        for offsets, lengths in _PLACES:
            places = zip(directory.get(offsets, ()), directory.get(lengths, ()), strict=False)
            if number >= _MAX_DIRECTORIES or any(offset + length > len(data) for offset, length in places):
                raise Refusal("damaged")


def _directories(data: bytes) -> Iterator[Directory]:
    order, big = "<" if data.startswith(b"II") else ">", b"+" in data[:4]
    count, entry = (struct.Struct(order + form) for form in (("Q", "HHQ8s") if big else ("H", "HHI4s")))
    offset = struct.Struct(order + ("Q" if big else "I"))
    seen: set[int] = set()
    waiting: list[int] = list(offset.unpack_from(data, 8 if big else 4))
    while waiting:
        at = waiting.pop()
        if at in seen or not at:
            continue
        seen.add(at)
        directory: Directory = {}
        entries = count.unpack_from(data, at)[0]
        at += count.size
        for _ in range(min(entries, 0xFFFF)):
            tag, kind, number, value = entry.unpack_from(data, at)
            at += entry.size
            if tag in _TAGS and kind in _INTEGERS:
                form = struct.Struct(f"{order}{number}{_INTEGERS[kind]}")
                inside = form.size <= len(value)
                directory[tag] = form.unpack_from(value if inside else data, 0 if inside else offset.unpack(value)[0])
        yield directory
        following = data[at : at + offset.size]  # of the last directory, this may be missing
        waiting += offset.unpack(following.ljust(offset.size, b"\0"))
        waiting += directory.get(_SUB_IFDS, ())
