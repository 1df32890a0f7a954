"""Files that end too early, and good ones that are seldom seen."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from tests.handlers.decode import pictures
from tests.handlers.decode.pictures import chunk, save
from tests.hostile.case import PICTURE, Case, names, sent
from tests.hostile.guard import Guard

MANY = pictures.many()
SHAPE = (61, 87)
# Of these the second picture may be cut, and the first is answered.
SEVERAL = ("mpo", "gif animated", "tiff pages", "webp animated", "apng")
CUT = [
    sent(f"{name}, {tenth * 10} %", 400, data[: len(data) * tenth // 10])
    for name, data in MANY.items()
    if name.endswith(("rgb", "palette")) and name not in SEVERAL
    for tenth in range(1, 10)
]


def turned(orientation: int) -> Case:
    """The picture lies as a camera was held; the shape is the upright one's."""
    data = save(Image.fromarray(pictures.scene()), "JPEG", exif=pictures.exif(orientation))
    return sent(f"exif {orientation}", 200, data, SHAPE[::-1] if orientation > 4 else SHAPE)


def interlaced() -> bytes:
    """Adam7, in grey: its first pass alone is there of a picture of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 1)
    data = pictures.png(1, 1, colour=0, rows=b"\0\x80")
    return data[:8] + chunk(b"IHDR", header) + data[33:]


def plain(size: tuple[int, int], kind: str) -> bytes:
    return save(Image.new("RGB", size, (10, 200, 90)), kind)


GOOD = [
    *(sent(name, 200, data, SHAPE) for name, data in MANY.items()),
    *(turned(orientation) for orientation in range(1, 9)),
    sent("png interlaced", 200, interlaced(), (1, 1)),
    *(
        sent(f"{kind} {size[0]}x{size[1]}", 200, plain(size, kind), size[::-1])
        for kind in ("JPEG", "PNG", "BMP")
        for size in ((1, 1), (65_500, 1), (1, 65_500), (2, 3))
    ),
]


@pytest.mark.parametrize(**names(CUT))
def test_cut(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.parametrize(**names(GOOD))
def test_good(case: Case, guard: Guard) -> None:
    guard.ask(case)


def scan(data: bytes) -> int:
    """Where a JPEG's first scan begins."""
    at = data.index(b"\xff\xda")
    return at + 2 + int.from_bytes(data[at + 2 : at + 4])


def closed(data: bytes, part: float) -> bytes:
    """A JPEG of which a part of the scan is left, with an end all the same, as repairers write it."""
    start = scan(data)
    return data[: start + int((len(data) - start) * part)].rstrip(b"\xff") + b"\xff\xd9"


LARGE = Image.fromarray(pictures.scene(480, 640))
HALVES = {
    "photo": PICTURE,
    "colour": save(LARGE, "JPEG"),
    "whole chroma": save(LARGE, "JPEG", subsampling=0),
    "grey": save(LARGE.convert("L"), "JPEG"),
    "cmyk": save(LARGE.convert("CMYK"), "JPEG"),
    "restarts": save(LARGE, "JPEG", restart_marker_rows=4),
    "turned": save(LARGE, "JPEG", exif=pictures.exif(6)),
    "progressive": save(LARGE, "JPEG", progressive=True),
}


@pytest.mark.parametrize(
    **names(
        sent(f"{name}, {part}", 400, closed(data, part))
        for name, data in HALVES.items()
        for part in ((0.05,) if name == "progressive" else (0.05, 0.3, 0.6, 0.9))
    )
)
def test_half_a_jpeg_with_an_end(case: Case, guard: Guard) -> None:
    guard.ask(case)


def grey_border(mode: str, level: int) -> bytes:
    """A whole picture whose border has the very level that a decoder fills with."""
    framed = Image.new(mode, (640, 480), (level,) * len(mode) if mode != "L" else level)
    framed.paste(LARGE.resize((400, 300)).convert(mode), (120, 90))
    return save(framed, "JPEG", quality=95)


@pytest.mark.parametrize(
    **names(
        sent(f"{mode} {level}", 200, grey_border(mode, level), (480, 640))
        for mode, level in (("RGB", 128), ("L", 128), ("CMYK", 128), ("RGB", 114), ("RGB", 0))
    )
)
def test_a_whole_jpeg_with_a_grey_border(case: Case, guard: Guard) -> None:
    guard.ask(case)
