"""AVIF files whose frames are larger than their boxes say."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from handlers.decode import av1, decode
from handlers.decode.boxes import coded
from handlers.decode.containers import pixels
from handlers.errors import BadRequest, TooLarge
from tests.handlers.decode import pictures

LARGE = (300, 200)
LIMIT = 30_000  # between the size that is coded and the one that is declared
PLAIN = pictures.save(Image.fromarray(pictures.scene(*LARGE[::-1])), "AVIF", speed=10)
ANIMATED = pictures.save(
    Image.fromarray(pictures.scene()), "AVIF", speed=10, save_all=True, append_images=[Image.new("RGB", (87, 61))]
)
AREA = LARGE[0] * LARGE[1]


def declare(data: bytes, width: int, height: int) -> bytes:
    return data.replace(
        b"ispe\0\0\0\0" + struct.pack(">II", *LARGE), b"ispe\0\0\0\0" + struct.pack(">II", width, height)
    )


def with_stream(stream: bytes) -> bytes:
    at = PLAIN.index(b"mdat") + 4
    return PLAIN[:at] + stream + PLAIN[at + len(stream) :]


def sequence_header(*fields: tuple[int, int]) -> bytes:
    """An OBU of (value, bits); its frame's widths are those that end it."""
    text = "".join(f"{value:0{bits}b}" for value, bits in fields)
    text += "0" * (-len(text) % 8)
    payload = int(text, 2).to_bytes(len(text) // 8, "big")
    return bytes([1 << 3 | 2, len(payload)]) + payload


SIZE = ((9, 4), (8, 4), (599, 10), (299, 9))  # 600 x 300: ten bits hold 1024, nine hold 512
STILL = ((0, 3), (1, 1), (1, 1), (0, 5))
POINT = ((0, 12), (8, 5), (0, 1))  # an operating point, with a tier
HEADERS = {
    "still": (sequence_header(*STILL, *SIZE), 600 * 300),
    "film": (sequence_header((0, 5), (0, 1), (0, 1), (0, 5), (0, 12), (0, 5), *SIZE), 1024 * 512),
    "film with clocks": (
        sequence_header(
            *((0, 5), (1, 1), (0, 64), (1, 1), (0b00101, 5)),  # equal intervals of a number of 2 x 2 + 1 bits
            *((1, 1), (6, 5), (0, 42), (1, 1), (1, 5)),  # delays of seven bits; two operating points
            *(*POINT, (1, 1), (0, 15), (1, 1), (0, 4), *POINT, (0, 1), (0, 1)),
            *SIZE,
        ),
        1024 * 512,
    ),
    "after another": (sequence_header(*STILL, *SIZE[:2], (0, 19)) + sequence_header(*STILL, *SIZE), 600 * 300),
    "after a delimiter with an extension": (b"\x16\0\0" + sequence_header(*STILL, *SIZE), 600 * 300),
}


@pytest.mark.parametrize("size", [(87, 61), (1, 1)])
def test_a_frame_larger_than_declared_counts(size: tuple[int, int]) -> None:
    assert decode(PLAIN, max_pixels=AREA).shape == (*LARGE[::-1], 3)
    with pytest.raises(TooLarge):
        decode(declare(PLAIN, *size), max_pixels=LIMIT)
    with pytest.raises(TooLarge):
        decode(declare(PLAIN, *size), max_pixels=AREA - 1)


@pytest.mark.parametrize("name", HEADERS)
def test_the_sequence_header_is_read_as_specified(name: str) -> None:
    stream, area = HEADERS[name]
    data = declare(with_stream(stream), 87, 61)
    with pytest.raises(TooLarge):
        decode(data, max_pixels=area - 1)
    with pytest.raises(BadRequest):  # nothing but the header is whole
        decode(data, max_pixels=area)


def test_a_track_counts_without_items() -> None:
    # Seven bits and six for 87 x 61.
    data = ANIMATED.replace(b"meta", b"free")
    with pytest.raises(TooLarge):
        decode(data, max_pixels=128 * 64 - 1)
    assert decode(ANIMATED, max_pixels=128 * 64).shape == (61, 87, 3)


def test_what_follows_the_boxes_is_ignored() -> None:
    assert decode(PLAIN + b"\xff" * 50, max_pixels=AREA).shape == (*LARGE[::-1], 3)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def test_long_forms_of_boxes_are_read() -> None:
    entry = box(b"infe", b"\3\0\0\0" + struct.pack(">IH4s", 70_000, 0, b"av01") + b"\0")
    # Offsets, lengths and bases of four bytes; the place is within idat.
    place = b"\2\0\0\0\x44\x40" + struct.pack(">IIHHIHII", 1, 70_000, 1, 0, 2, 1, 3, 4)
    long = struct.pack(">I4sQ", 1, b"idat", 16 + 10) + b"0123456789"
    inside = box(b"iinf", b"\1\0\0\0" + struct.pack(">I", 1) + entry) + box(b"iloc", place) + long
    assert [bytes(data) for data in coded(box(b"meta", bytes(4) + inside))] == [b"5678"]
    cut = box(b"meta", bytes(4) + box(b"iloc", place[:-1]) + inside)
    with pytest.raises(IndexError):
        list(coded(cut))


def iloc(content: bytes) -> bytes:
    """The picture with another table of places, which begins where the old one did."""
    at = PLAIN.index(b"iloc") + 4
    return PLAIN[:at] + content + PLAIN[at + len(content) :]


def nested(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = box(b"moov", content)
    return PLAIN + content


BROKEN = {
    "no AV1 item": PLAIN.replace(b"av01", b"hvc1"),
    "no place": PLAIN.replace(b"iloc", b"free"),
    "place beyond the file": iloc(b"\0\0\0\0\x44\0" + struct.pack(">HHHHII", 1, 1, 0, 1, 2**32 - 9, 100)),
    "places beyond the box": iloc(b"\0\0\0\0\x44\0" + struct.pack(">HHHH", 1, 1, 0, 65_535)),
    "box beyond its parent": PLAIN.replace(b"iprp", b"meta"),
    "boxes without end": nested(2000),
    "boxes without number": PLAIN + box(b"moov", box(b"free", b"") * 30_000),
    "no sequence header": with_stream(b"\x12\0" + b"\x7a\x7f"),
    "sequence header of no bits": with_stream(bytes([1 << 3 | 2, 1, 0])),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_boxes_are_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        pixels(BROKEN[name], "AVIF")


def test_places_that_overlap_are_not_copied() -> None:
    # One item, number 1, of 65,535 extents, each the whole file.
    data = iloc(b"\0\0\0\0\0\0" + struct.pack(">HHHH", 1, 1, 0, 65_535))
    with pytest.raises(BadRequest):
        list(coded(data))
    assert len(list(coded(PLAIN))) == 1


def test_units_without_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = HEADERS["still"][0]
    data = with_stream(stream + b"\x12\0" * 20)
    assert pixels(data, "AVIF") == 600 * 300
    monkeypatch.setattr(av1, "_MAX_UNITS", 15)
    with pytest.raises(BadRequest):
        pixels(data, "AVIF")
