from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from handlers.decode import decode
from handlers.decode.formats import sniff
from handlers.errors import BadRequest, TooLarge
from model_cache.prediction import Frame
from tests.handlers.decode import pictures
from tests.handlers.decode.pictures import run

LIMIT = 50_000_000
MANY = {name: data for name, data in pictures.many().items() if not name.startswith("gif")}
FUZZED = MANY | {"heic": (pictures.HEIC / "plain.heic").read_bytes()}
PILLOW = "avif"


def by_opencv(data: bytes, path: Path) -> Frame:
    """A file as ultralytics reads it: every sixteenth bit's high byte, colours in the file's order."""
    file = path / "picture"
    file.write_bytes(data)
    if sniff(data) != "TIFF":
        return np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR))
    raw = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    assert raw is not None
    if raw.ndim == 2:
        return np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR))
    return np.asarray(np.right_shift(raw, 8) if raw.dtype == np.uint16 else raw, np.uint8)[..., :3]


def by_pillow(data: bytes) -> Frame:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))[..., ::-1]


@pytest.mark.parametrize("name", MANY)
def test_pixels_are_those_that_ultralytics_reads(name: str, tmp_path: Path) -> None:
    data = MANY[name]
    frame = decode(data, max_pixels=LIMIT)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    assert frame.shape == (61, 87, 3)
    expected = by_pillow(data) if name.startswith(PILLOW) else by_opencv(data, tmp_path)
    np.testing.assert_array_equal(frame, expected)


# OpenCV, and so ultralytics, multiplies a TIFF's colours by its alpha.
@pytest.mark.parametrize("name", [name for name in MANY if "16" not in name and name != "tiff rgba"])
def test_pixels_resemble_the_scene(name: str) -> None:
    # A wrong channel order, a missing shift or a composited alpha would be far off.
    frame = decode(MANY[name], max_pixels=LIMIT).astype(int)
    scene = pictures.scene()[..., ::-1].astype(int)
    if name.split()[1:] in (["grey"], ["la"], ["bit"]):
        assert np.ptp(frame, axis=-1).max() <= 2
        scene, frame = scene @ np.array([0.114, 0.587, 0.299]), frame[..., 0]
    if "bit" in name:  # dithered
        scene, frame = cv2.blur(scene, (9, 9)), cv2.blur(frame.astype(float), (9, 9))
    assert abs(frame - scene).mean() < 25


def test_sixteen_bits_are_shifted_down() -> None:
    grey = np.array([[0x00FF, 0x0100, 0x7FFF, 0xFFFF]], np.uint16)
    for suffix in (".png", ".tiff"):
        frame = decode(cv2.imencode(suffix, grey)[1].tobytes(), max_pixels=LIMIT)
        assert frame[0, :, 0].tolist() == [0, 1, 127, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_undone_once(kind: str, orientation: int) -> None:
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {"speed": 10} if kind == "AVIF" else {}
    turned = pictures.save(Image.fromarray(pictures.scene()), kind, exif=pictures.exif(orientation), **options)
    plain = decode(pictures.save(Image.fromarray(pictures.scene()), kind, **options), max_pixels=LIMIT)
    if orientation >= 5:
        plain = plain.swapaxes(0, 1)
    vertical, horizontal = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    plain = plain[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    np.testing.assert_array_equal(decode(turned, max_pixels=LIMIT), plain)


def test_heic_plain_and_turned() -> None:
    plain = decode((pictures.HEIC / "plain.heic").read_bytes(), max_pixels=LIMIT)
    turned = decode((pictures.HEIC / "turned.heic").read_bytes(), max_pixels=LIMIT)
    assert plain.shape == turned.shape == (48, 64, 3)
    assert abs(plain[16, 24].astype(int) - (20, 60, 230)).max() < 8
    assert abs(plain[40, 52].astype(int) - (60, 220, 20)).max() < 8
    assert abs(plain.astype(int) - turned).mean() < 3


@pytest.mark.parametrize("size", [(1, 1), (1, 65_500), (65_500, 1), (7, 3)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    for kind in ("JPEG", "PNG", "BMP"):
        data = pictures.save(Image.new("RGB", size, (10, 200, 90)), kind)
        assert decode(data, max_pixels=LIMIT).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("name", [*MANY, "heic"])
def test_a_cut_file_is_refused(name: str) -> None:
    # Where a file holds two pictures, the second may be cut.
    data = MANY[name] if name != "heic" else (pictures.HEIC / "plain.heic").read_bytes()
    first = data.index(b"\xff\xd9") + 2 if name == "mpo" else len(data)
    if name == "tiff pages":
        first = len(data) // 2
    for length in (first - 100, first * 3 // 4, first // 2, 60, 30, 16, 3, 0):
        with pytest.raises(BadRequest):
            decode(data[: max(length, 0)], max_pixels=LIMIT)


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"<svg/>",
        b"%PDF-1.7",
        b"BM is two letters, it may be text",
        b"\0\0\0\x18ftypmp42" + bytes(40),
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BadRequest, match="not an image in a supported format"):
        decode(data, max_pixels=LIMIT)


def test_the_limit_is_named_and_exact() -> None:
    data = pictures.save(Image.new("RGB", (100, 50)), "PNG")
    assert decode(data, max_pixels=5000).shape == (50, 100, 3)
    with pytest.raises(TooLarge, match=r"larger than 0\.004999 megapixels"):
        decode(data, max_pixels=4999)


@given(
    st.sampled_from(sorted(FUZZED)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8)
)
@settings(max_examples=100, deadline=None)
def test_any_damage_is_answered(name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(FUZZED[name])
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    try:
        frame = decode(bytes(data), max_pixels=1_000_000)
    except (BadRequest, TooLarge):
        return
    assert frame.dtype == np.uint8
    assert frame.shape[2] == 3


def test_opencv_formats_need_no_pillow() -> None:
    # The cold start is paid for by every import; Pillow's takes 20 ms.
    program = (
        "import sys; from handlers.decode import decode; data = sys.stdin.buffer.read();"
        "print(decode(data, max_pixels=10**6).shape, sorted({'PIL', 'torch', 'starlette'} & set(sys.modules)))"
    )
    assert run(program, MANY["jpeg rgb"]) == "(61, 87, 3) []"
