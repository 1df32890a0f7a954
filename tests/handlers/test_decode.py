from __future__ import annotations

import io
import pickle
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from handlers.decode import decode
from handlers.errors import BadRequest, TooLarge
from handlers.formats import sniff
from model_cache.prediction import Frame
from tests.handlers import pictures

LIMIT = 50_000_000
MANY = pictures.many()
PILLOW = ("gif", "avif")


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
    if name in ("gif animated", "tiff pages"):
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


def test_dng_is_named() -> None:
    data = pictures.tiff((256, 3, 1, 40), (257, 3, 1, 40), (50706, 1, 4, 0x0401))
    with pytest.raises(BadRequest, match="DNG"):
        decode(data, max_pixels=LIMIT)


def jpeg2000(width: int, height: int, tile: int) -> bytes:
    data = bytearray(MANY["j2k tiles"])
    struct.pack_into(">8I", data, 8, width, height, 0, 0, tile, tile, 0, 0)
    return bytes(data)


BOMBS = {
    "webp": pictures.lossless_webp(12_000, 12_000),
    "png of one bit": pictures.png(13_300, 13_300, depth=1, colour=0, rows=bytes(13_300 * 1664)),
    "bmp": b"BM" + struct.pack("<IIIIiiHHIIIIII", 200, 0, 54, 40, 30_000, -30_000, 1, 8, 1, 0, 0, 0, 0, 0) + bytes(99),
    "jpeg": MANY["jpeg rgb"].replace(struct.pack(">HH", 61, 87), struct.pack(">HH", 60_000, 60_000)),
    "jpeg of many scans": pictures.scans(1500),
    "tiff": pictures.tiff((256, 3, 1, 30_000), (257, 3, 1, 30_000)),
    "tiff that says it twice": pictures.tiff((256, 4, 1, 30_000), (257, 4, 1, 30_000), (256, 3, 1, 1), (257, 3, 1, 1)),
    "tiff tile": pictures.tiff((256, 3, 1, 9), (257, 3, 1, 9), (322, 3, 1, 60_000), (323, 3, 1, 60_000)),
    "jp2": jpeg2000(60_000, 60_000, 60_000),
    "jp2 tiles": jpeg2000(7000, 7000, 28),
    "gif": MANY["gif grey"].replace(struct.pack("<HH", 87, 61), struct.pack("<HH", 60_000, 60_000), 1),
    "avif": MANY["avif rgb"].replace(struct.pack(">II", 87, 61), struct.pack(">II", 9000, 9000)),
    "heic": (pictures.HEIC / "plain.heic").read_bytes().replace(b"ispe\0\0\0\0\0\0\0\x40", b"ispe\0\0\0\0\0\x10\0\0"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_from_its_header(name: str) -> None:
    with pytest.raises(TooLarge):
        decode(BOMBS[name], max_pixels=LIMIT)


def test_the_limit_is_named_and_exact() -> None:
    data = pictures.save(Image.new("RGB", (100, 50)), "PNG")
    assert decode(data, max_pixels=5000).shape == (50, 100, 3)
    with pytest.raises(TooLarge, match=r"larger than 0\.004999 megapixels"):
        decode(data, max_pixels=4999)


def test_scans_after_the_picture_do_not_count() -> None:
    # A phone's motion clip follows its picture: 10 MB of it hold a hundred and fifty such bytes by chance.
    assert decode(MANY["jpeg rgb"] + b"\xff\xda\x00\x02" * 1500, max_pixels=LIMIT).shape == (61, 87, 3)
    assert decode(pictures.scans(5), max_pixels=LIMIT).shape == (61, 87, 3)


def with_length(data: bytes, name: bytes, length: int) -> bytes:
    at = data.index(name)
    return data[: at - 4] + struct.pack(">I", length) + data[at:]


BROKEN = {
    "png chunk of 4 GB": with_length(MANY["png rgb"], b"IDAT", 0xFFFFFFFF),
    "png without pixels": pictures.png(40, 40),
    "png of half its rows": pictures.png(40, 40, rows=bytes(121 * 20)),
    "png without its end": MANY["png rgb"][:-12],
    "png wrong checksum": MANY["png rgb"][:-14] + b"\0\0" + MANY["png rgb"][-12:],
    "png of two headers": MANY["png rgb"][:33] + MANY["png rgb"][8:],
    "png of no width": pictures.png(0, 40),
    "jpeg without its end": MANY["jpeg rgb"][:-2],
    "jpeg of no height": MANY["jpeg rgb"].replace(struct.pack(">HH", 61, 87), struct.pack(">HH", 0, 87)),
    "jpeg of empty segments": b"\xff\xd8" + b"\xff\xe0\0\2" * 200_000,
    "jpeg of no segments": b"\xff\xd8\xff\xd9",
    "tiff far away": b"II*\0" + struct.pack("<I", 0xFFFFFFF0),
    "tiff big far away": b"II+\0" + struct.pack("<HHQ", 8, 0, 0xFFFFFFFFFFFFFFF0),
    "tiff of fractions": pictures.tiff((256, 5, 1, 8), (257, 5, 1, 8)),
    "webp of nothing": b"RIFF\x04\0\0\0WEBP",
    "webp stub": pictures.lossless_webp(7000, 7000),
    "jp2 of nothing": b"\0\0\0\x0cjP  \r\n\x87\n",
    "jp2 endless": b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", 0, b"free"),
    "jp2 far away": b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4sQ", 1, b"free", 2**64 - 1),
    "j2k without a tile": MANY["j2k tiles"][:200] + b"\xff\xd9",
    "avif of nothing": b"\0\0\0\x14ftypavif\0\0\0\0avif",
    "heic of nothing": b"\0\0\0\x14ftypheic\0\0\0\0heic",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        decode(BROKEN[name], max_pixels=LIMIT)


@given(st.sampled_from(sorted(MANY)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_damage_is_answered(name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(MANY[name])
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    try:
        frame = decode(bytes(data), max_pixels=1_000_000)
    except (BadRequest, TooLarge):
        return
    assert frame.dtype == np.uint8
    assert frame.shape[2] == 3


def run(program: str, data: bytes) -> str:
    """What a program prints that reads `data`, in a process of its own."""
    command = [sys.executable, "-c", program]
    root = Path(__file__).parents[2]
    return subprocess.run(command, input=data, capture_output=True, cwd=root, check=True).stdout.decode().strip()


def test_opencv_formats_need_no_pillow() -> None:
    # The cold start is paid for by every import; Pillow's takes 20 ms.
    program = (
        "import sys; from handlers.decode import decode; data = sys.stdin.buffer.read();"
        "print(decode(data, max_pixels=10**6).shape, sorted({'PIL', 'torch', 'starlette'} & set(sys.modules)))"
    )
    assert run(program, MANY["jpeg rgb"]) == "(61, 87, 3) []"


def test_hostile_files_cost_little_memory() -> None:
    program = (
        "import pickle, resource, sys\n"
        "from handlers.decode import decode\n"
        "from handlers.errors import ApiError\n"
        "files = pickle.load(sys.stdin.buffer)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for data in files:\n"
        "    try: decode(data, max_pixels=50_000_000)\n"
        "    except ApiError: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    kilobytes = int(run(program, pickle.dumps([*BOMBS.values(), *BROKEN.values()])))
    assert kilobytes < 100_000  # Pillow and pi_heif are imported in it
