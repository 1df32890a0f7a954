"""DNG: the first picture where OpenCV can read it, else the developed mosaic."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from handlers.decode import decode, raw
from handlers.errors import BadRequest, TooLarge
from model_cache.prediction import Frame
from tests.handlers.decode import dng, pictures

LIMIT = 50_000_000
SCENE = pictures.scene(64, 96)
SMALL = pictures.scene(24, 36)
DEEP = SMALL.astype(np.uint16) * 256 + SMALL[::-1]
MOSAIC = dng.file(dng.camera() | dng.mosaic(SCENE))
PREVIEWS: dict[str, dng.Directory] = {
    "rgb": dng.picture(SMALL, dng.RGB, preview=True),
    "jpeg": dng.jpeg(SMALL),
    "grey": dng.picture(SMALL[..., 0], dng.GREY, preview=True),
    "rgb 16": dng.picture(DEEP, dng.RGB, preview=True),
    "grey 16": dng.picture(DEEP[..., 0], dng.GREY, preview=True),
}


def turned(frame: Frame, orientation: int) -> Frame:
    """What a person sees of a picture that is stored as `frame`."""
    if orientation >= 5:
        frame = frame.swapaxes(0, 1)
    vertical, horizontal = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return frame[:: -1 if vertical else 1, :: -1 if horizontal else 1]


def away(frame: Frame, scene: Frame) -> float:
    """The mean difference of a BGR frame from an RGB scene, without the borders, which have half a mosaic."""
    return float(abs(frame[2:-2, 2:-2, ::-1].astype(int) - scene[2:-2, 2:-2]).mean())


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_is_what_ultralytics_reads(name: str, orientation: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "find_spec", lambda _: None)
    data = dng.file(dng.camera(orientation) | PREVIEWS[name], dng.mosaic(SCENE))
    frame = decode(data, max_pixels=LIMIT)
    np.testing.assert_array_equal(frame, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    scene = SMALL if "grey" not in name else np.repeat(SMALL[..., :1], 3, axis=2)
    assert frame.shape == turned(scene, orientation).shape
    assert away(frame, turned(scene, orientation)) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mosaic_is_developed_upright(orientation: int) -> None:
    frame = decode(dng.file(dng.camera(orientation) | dng.mosaic(SCENE)), max_pixels=LIMIT)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    assert frame.flags.writeable
    assert frame.shape == turned(SCENE, orientation).shape
    assert away(frame, turned(SCENE, orientation)) < 6


def test_a_filled_in_mosaic_is_the_scene() -> None:
    # Nothing is guessed here, so the curve and the colours are right to a level.
    frame = decode(dng.file(dng.camera() | dng.linear(SCENE)), max_pixels=LIMIT)
    assert abs(frame[..., ::-1].astype(int) - SCENE).max() <= 1


def test_white_is_what_the_camera_says() -> None:
    neutral = (0.5, 1, 0.7)
    frame = decode(dng.file(dng.camera(neutral=neutral) | dng.mosaic(SCENE, neutral=neutral)), max_pixels=LIMIT)
    assert away(frame, SCENE) < 6


def test_a_mosaic_before_its_preview() -> None:
    data = dng.file(dng.camera() | dng.mosaic(SCENE), PREVIEWS["rgb"])
    np.testing.assert_array_equal(decode(data, max_pixels=LIMIT), decode(MOSAIC, max_pixels=LIMIT))


def test_a_camera_without_colours() -> None:
    grey = {262: (dng.SHORT, (dng.LINEAR,)), 50717: (dng.LONG, (65_535,))}
    values = SCENE[..., 0].astype(np.uint16) * 257
    frame = decode(dng.file(dng.camera() | dng.picture(values, dng.LINEAR) | grey), max_pixels=LIMIT)
    assert frame.shape == SCENE.shape
    assert np.ptp(frame, axis=2).max() == 0
    assert np.ptp(frame) > 200


def test_without_rawpy_the_answer_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "find_spec", lambda _: None)
    with pytest.raises(BadRequest, match=r"rawpy.*send a JPEG"):
        decode(MOSAIC, max_pixels=LIMIT)


def test_rawpy_is_not_imported_here() -> None:
    decode(MOSAIC, max_pixels=LIMIT)
    assert "rawpy" not in sys.modules


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
    monkeypatch.setattr(raw, "_WALL", 30)  # the processor time ends it
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
    file = tmp_path / "libraw.py"
    file.write_text(program)
    monkeypatch.setattr(raw, "_PROGRAM", file)
    with pytest.raises(BadRequest, match="cannot be developed"):
        decode(MOSAIC + bytes(300_000), max_pixels=LIMIT)  # more than a pipe holds


def test_secrets_stay_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "libraw.py"
    file.write_text(
        "import os, sys; sys.stdin.buffer.read(); secret = 'SOME_KEY' in os.environ\n"
        "sys.stdout.buffer.write(bytes([1, 0, 0, 0, 1, 0, 0, 0, secret, 0, 0]))"
    )
    monkeypatch.setattr(raw, "_PROGRAM", file)
    monkeypatch.setenv("SOME_KEY", "secret")
    assert decode(MOSAIC, max_pixels=LIMIT).tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize(("area", "memory", "whole"), [(6144, 10**9, True), (6143, 10**9, False), (6144, 10**8, False)])
def test_the_program_keeps_its_limits(area: int, memory: int, whole: bool) -> None:
    command = [sys.executable, str(raw._PROGRAM), str(area), "20", str(memory)]
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
