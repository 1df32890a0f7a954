"""DNGs that cost more than they are worth: refused from their directories, or developed within limits."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handlers.decode import apart, decode, raw
from handlers.errors import BadRequest, TooLarge
from tests.handlers.decode import dng
from tests.handlers.decode.test_dng import PREVIEWS, SCENE, SMALL

LIMIT = 50_000_000
MOSAIC = dng.file(dng.camera() | dng.mosaic(SCENE))


def sized(width: int, height: int) -> dng.Directory:
    return {256: (dng.LONG, (width,)), 257: (dng.LONG, (height,))}


BOMBS = {
    "preview": dng.file(dng.camera() | PREVIEWS["rgb"] | sized(8000, 8000), dng.mosaic(SCENE)),
    "mosaic": dng.file(dng.camera() | dng.mosaic(SCENE) | sized(5001, 5000)),
    "mosaic in a SubIFD": dng.file(
        dng.camera() | dng.mosaic(SCENE) | sized(64, 96), dng.mosaic(SCENE) | sized(5001, 5000)
    ),
    "tile": dng.file(dng.camera() | dng.mosaic(SCENE) | {322: (dng.LONG, (65_000,)), 323: (dng.LONG, (65_000,))}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_from_its_directories(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "find_spec", lambda _: pytest.fail("It was about to be developed."))
    with pytest.raises(TooLarge):
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


def test_a_small_file_does_not_keep_libraw_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_WALL", 30)  # the processor time ends it
    coded = {259: (dng.SHORT, (7,)), dng.STRIP: (dng.LONG, lossless_jpeg(64, 96))}
    assert decode(dng.file(dng.camera() | dng.mosaic(SCENE) | coded), max_pixels=LIMIT).shape == SCENE.shape
    coded[dng.STRIP] = (dng.LONG, lossless_jpeg(65_535, 65_535))
    start = time.monotonic()
    with pytest.raises(BadRequest, match="cannot be developed"):
        decode(dng.file(dng.camera() | dng.mosaic(SCENE) | coded), max_pixels=LIMIT)
    assert time.monotonic() - start < 45


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "import sys; sys.exit()",
        "import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write(bytes([64, 0, 0, 0, 96, 0, 0, 0]) + bytes(999))",
        "import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write(bytes([255]) * 8)",
    ],
)
def test_a_crash_ends_nothing_else(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "program.py"
    file.write_text(program)
    monkeypatch.setattr(apart, "_PROGRAM", file)
    with pytest.raises(BadRequest, match="cannot be developed"):
        decode(MOSAIC + bytes(300_000), max_pixels=LIMIT)  # more than a pipe holds


def test_secrets_stay_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "program.py"
    file.write_text(
        "import os, sys; sys.stdin.buffer.read(); secret = 'SOME_KEY' in os.environ\n"
        "sys.stdout.buffer.write(bytes([1, 0, 0, 0, 1, 0, 0, 0, secret, 0, 0]))"
    )
    monkeypatch.setattr(apart, "_PROGRAM", file)
    monkeypatch.setenv("SOME_KEY", "secret")
    assert decode(MOSAIC, max_pixels=LIMIT).tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize(("area", "memory", "whole"), [(6144, 10**9, True), (6143, 10**9, False), (6144, 10**8, False)])
def test_the_program_keeps_its_limits(area: int, memory: int, whole: bool) -> None:
    command = [sys.executable, str(apart._PROGRAM), "libraw", str(area), "20", str(memory)]
    environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(command, input=MOSAIC, capture_output=True, check=False, env=environment)
    assert len(answer.stdout) == (8 + 3 * 6144 if whole else 0)


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
