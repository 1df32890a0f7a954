"""DNGs that cost more than they are worth, or of which a part is missing."""

from __future__ import annotations

import random
import struct

import pytest

from handlers.decode import decode
from handlers.errors import BadRequest, TooLarge
from tests.handlers.decode import dng
from tests.handlers.decode.test_dng import PREVIEWS, SCENE, SMALL

LIMIT = 50_000_000
MOSAIC = dng.file(dng.camera() | dng.mosaic(SCENE))


def sized(width: int, height: int) -> dng.Directory:
    return {256: (dng.LONG, (width,)), 257: (dng.LONG, (height,))}


BOMBS = {
    "preview": dng.file(dng.camera() | PREVIEWS["rgb"] | sized(8000, 8000), dng.mosaic(SCENE)),
    "mosaic": dng.file(dng.camera() | dng.mosaic(SCENE) | sized(9001, 9000)),
    "tile": dng.file(dng.camera() | dng.mosaic(SCENE) | {322: (dng.LONG, (65_000,)), 323: (dng.LONG, (65_000,))}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(name: str) -> None:
    with pytest.raises((BadRequest, TooLarge)):
        decode(BOMBS[name], max_pixels=LIMIT)


def test_a_mosaic_beside_a_preview_costs_nothing() -> None:
    data = dng.file(dng.camera() | PREVIEWS["rgb"], dng.mosaic(SCENE) | sized(9000, 9000))
    assert decode(data, max_pixels=LIMIT).shape == SMALL.shape


def chained(count: int) -> bytes:
    """The mosaic's file, whose directory says that `count` empty others follow."""
    data = bytearray(MOSAIC)
    data[-4:] = struct.pack("<I", len(data))
    for number in range(count):
        data += struct.pack("<HI", 0, len(data) + 6 if number < count - 1 else 0)
    return bytes(data)


def test_more_directories_than_a_camera_writes_are_refused() -> None:
    assert decode(chained(20), max_pixels=LIMIT).shape == SCENE.shape
    with pytest.raises(BadRequest, match="not a complete image"):
        decode(chained(40), max_pixels=LIMIT)


def test_directories_in_a_circle_are_read_once() -> None:
    data = MOSAIC[:-4] + MOSAIC[4:8]
    assert decode(data, max_pixels=LIMIT).shape == SCENE.shape


@pytest.mark.parametrize("length", [len(MOSAIC) - 5, len(MOSAIC) - 100, len(MOSAIC) // 2, 40, 9])
def test_a_cut_file_is_refused(length: int) -> None:
    # The directory comes last here; one that comes first is tried below.
    with pytest.raises(BadRequest):
        decode(MOSAIC[:length], max_pixels=LIMIT)


def test_pixels_beyond_the_file_are_refused() -> None:
    compressed = dng.mosaic(SCENE) | {dng.STRIP: (dng.LONG, (len(MOSAIC) - 100,)), dng.STRIP_BYTES: (dng.LONG, (9000,))}
    with pytest.raises(BadRequest, match="not a complete image"):
        decode(dng.file(dng.camera() | compressed), max_pixels=LIMIT)


def lossless_jpeg(height: int, width: int) -> bytes:
    """One of 16 bits a sample, whose codes are a single bit and stand for no difference."""
    frame = struct.pack(">HBHHBBBB", 11, 16, height, width, 1, 0, 0x11, 0)
    codes = struct.pack(">HB16B", 20, 0, 1, *[0] * 15) + b"\0"
    scan = struct.pack(">HBBBBBB", 8, 1, 0, 0, 1, 0, 0)
    return b"\xff\xd8\xff\xc3" + frame + b"\xff\xc4" + codes + b"\xff\xda" + scan + bytes(2000) + b"\xff\xd9"


def test_a_small_file_does_not_keep_libraw_busy() -> None:
    coded = {259: (dng.SHORT, (7,)), dng.STRIP: (dng.LONG, lossless_jpeg(64, 96))}
    assert decode(dng.file(dng.camera() | dng.mosaic(SCENE) | coded), max_pixels=LIMIT).shape == SCENE.shape
    coded[dng.STRIP] = (dng.LONG, lossless_jpeg(65_535, 65_535))
    with pytest.raises((BadRequest, TooLarge)):
        decode(dng.file(dng.camera() | dng.mosaic(SCENE) | coded), max_pixels=LIMIT)


def test_any_damage_is_answered() -> None:
    chance = random.Random(1)  # noqa: S311 - it is to be the same each time
    files = [MOSAIC, dng.file(dng.camera() | dng.linear(SCENE))]
    answers = set()
    for _ in range(25):
        data = bytearray(chance.choice(files))
        for _ in range(chance.randint(1, 4)):
            data[-chance.randrange(1, 500)] = chance.randrange(256)
        try:
            answers.add(decode(bytes(data), max_pixels=1_000_000).shape[2])
        except (BadRequest, TooLarge) as error:
            answers.add(error.status)
    assert {3, 400} <= answers <= {3, 400, 413}
