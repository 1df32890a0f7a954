"""Whatever bytes follow a file's signature, its headers are read or refused, and never for long."""

from __future__ import annotations

import struct
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.decode import formats, headers, jpeg
from handlers.decode.formats import Format
from handlers.errors import BadRequest, TooLarge
from handlers.sandbox import dng
from handlers.video import gif, sniff
from tests.handlers.decode import pictures

MANY = pictures.many()
# A good file of each kind, whose beginning is kept.
SEEDS: dict[Format, bytes] = {
    "JPEG": MANY["jpeg rgb"],
    "PNG": MANY["png rgb"],
    "WebP": MANY["webp rgb"],
    "BMP": MANY["bmp rgb"],
}
NUMBERS = [0, 1, 2, 8, 12, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(NUMBERS).map(lambda number: struct.pack(">I", number)),
        st.sampled_from(NUMBERS).map(lambda number: struct.pack("<I", number)),
        st.sampled_from(
            [b"\xff\xd8", b"\xff\xda\0\2", b"\xff\xc0", b"\xff\xd9", b"IDAT", b"IHDR", b"jp2c", b"\xff\x51"]
        ),
    ),
    max_size=40,
).map(b"".join)


def read(data: bytes, kind: Format) -> None:
    began = process_time()
    with suppress(BadRequest, TooLarge):
        assert headers.read(data, kind)[0] >= 0
    assert process_time() - began < 2


@pytest.mark.parametrize("kind", SEEDS)
@given(keep=st.floats(0, 1), more=PIECES)
@settings(max_examples=80)
def test_anything_may_follow(kind: Format, keep: float, more: bytes) -> None:
    seed = SEEDS[kind]
    read(seed[: int(len(seed) * keep)] + more, kind)


@pytest.mark.parametrize("kind", SEEDS)
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(NUMBERS)), min_size=1, max_size=6))
@settings(max_examples=80)
def test_any_number_may_be_another(kind: Format, changes: list[tuple[float, int]]) -> None:
    data = bytearray(SEEDS[kind])
    for where, number in changes:
        # Headers stand at the beginning, mostly.
        struct.pack_into(">I", data, int(where**3 * (len(data) - 4)), number)
    read(bytes(data), kind)


@given(st.binary(max_size=64) | PIECES)
@settings(max_examples=300)
def test_anything_may_be_sniffed(data: bytes) -> None:
    for head in (b"", b"GIF89a", b"II*\0", b"RIFF", b"\0\0\0\x18ftyp", b"BM", b"\xff\xd8\xff"):
        formats.sniff(head + data)
        sniff.sniff(head + data)
        dng.is_dng(head + data)
        gif.has_first(head + data)
        with suppress(BadRequest, TooLarge, struct.error, IndexError):
            jpeg.lengthened(head + data, jpeg.walk(head + data).end)


REPEATED: dict[Format, list[bytes]] = {
    "JPEG": [b"\xff", b"\xff\xe0\0\2", b"\xff\xd8", b"\xff\xda\0\2", b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0"],
    "PNG": [bytes(4) + b"teSt" + bytes(4), b"\0"],
    "WebP": [b"EXIF" + bytes(4), b"\0"],
}


@pytest.mark.parametrize(("kind", "piece"), [(kind, piece) for kind, pieces in REPEATED.items() for piece in pieces])
def test_twenty_megabytes_of_the_same_take_no_time(kind: Format, piece: bytes) -> None:
    read(SEEDS[kind][:64] + piece * (20_000_000 // len(piece)), kind)
