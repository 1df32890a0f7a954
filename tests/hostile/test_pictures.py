"""Pictures that cost more than they weigh, lie, are broken, or are something else."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from tests.handlers.decode import pictures
from tests.handlers.decode.pictures import chunk, save
from tests.handlers.decode.test_containers import BOMBS, BROKEN
from tests.hostile.case import PICTURE, Case, names, sent
from tests.hostile.guard import Guard

WHOLE = Image.fromarray(pictures.scene())
PNG = save(WHOLE, "PNG")
SHAPE = (61, 87)
EITHER = (200, 400)


def png_with(*chunks: bytes) -> bytes:
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def jpeg_with(marker: int, content: bytes) -> bytes:
    data = save(WHOLE, "JPEG")
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + data[2:]


def metadata() -> list[Case]:
    """Compressed text of 100 MB and more, and EXIF that leads nowhere: passed over, or the file is refused."""
    zeros = zlib.compress(bytes(100_000_000), 9)
    large = PngImagePlugin.PngInfo()
    large.add_text("comment", "x" * 1_000_000, zip=True)
    exif = b"Exif\0\0"
    loop = exif + b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + bytes(4)
    far = exif + b"II*\0" + struct.pack("<I", 0xFFFFFFF0)
    many = exif + b"II*\0\x08\0\0\0" + struct.pack("<H", 0xFFFF) + struct.pack("<HHII", 0x0112, 3, 1, 6) * 4000
    profile = b"ICC_PROFILE\0\x01\xff" + b"\xff" * 60_000
    return [
        sent("zTXt of 100 MB", EITHER, png_with(chunk(b"zTXt", b"comment\0\0" + zeros)), SHAPE),
        sent("iTXt of 100 MB", EITHER, png_with(chunk(b"iTXt", b"comment\0\1\0\0\0" + zeros)), SHAPE),
        sent("iCCP of 100 MB", EITHER, png_with(chunk(b"iCCP", b"icc\0\0" + zeros)), SHAPE),
        sent("eXIf of nonsense", EITHER, png_with(chunk(b"eXIf", b"\xff" * 60_000)), SHAPE),
        sent("zTXt of 1 MB", 200, save(WHOLE, "PNG", pnginfo=large), SHAPE),
        *(
            sent(f"jpeg {name}", EITHER, jpeg_with(0xE1, content))
            for name, content in (
                ("exif loop", loop),
                ("exif far away", far),
                ("exif of 65,535 entries", many[:65_000]),
                ("exif of zeros", exif + bytes(60_000)),
                ("exif cut", exif + b"II*\0\x08\0"),
                ("exif orientation 65535", exif + pictures.exif(65_535)[6:]),
            )
        ),
        sent("jpeg profile of which one of 255 parts is there", EITHER, jpeg_with(0xE2, profile), SHAPE),
        sent("jpeg comments", 200, PICTURE[:2] + b"\xff\xfe\xff\xff" + bytes(65_533) + PICTURE[2:]),
        sent("webp exif", EITHER, save(WHOLE, "WEBP", exif=far), SHAPE),
    ]


OTHERS = {
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "eps binary": b"\xc5\xd0\xd3\xc6" + bytes(26),
    "psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3) + bytes(14),
    "pdf": b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n",
    "fits": b"SIMPLE  =                    T".ljust(2880),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "svg entities": b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><svg>&c;</svg>',
    "mvg": b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/x'\n",
    "exr": b"v/1\x01" + bytes(200),
    "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n",
    "pbm": b"P6 30000 30000 255\n",
    "pfm": b"PF\n30000 30000\n-1.0\n",
    "pam": b"P7\nWIDTH 30000\nHEIGHT 30000\nDEPTH 4\nMAXVAL 255\nENDHDR\n",
    "sun raster": b"\x59\xa6\x6a\x95" + struct.pack(">7I", 30_000, 30_000, 24, 0, 1, 0, 0),
    "ico": b"\0\0\1\0\1\0\0\0\0\0\1\0\x20\0" + struct.pack("<II", 40, 22) + bytes(40),
    "zip": b"PK\3\4" + bytes(60),
    "gzip of a picture": zlib.compress(PICTURE, wbits=31),
    "elf": b"\x7fELF" + bytes(200),
    "html": b"<html><script>alert(1)</script>",
    "nothing but zeros": bytes(100_000),
    "one byte": b"\xff",
    "playlist": b"#EXTM3U\nfile:///etc/passwd\n",
    "concat script": b"ffconcat version 1.0\nfile /etc/passwd\n",
}
POLYGLOTS = [
    sent("jpeg, then zip", 200, PICTURE + b"PK\3\4" + bytes(100)),
    sent("jpeg, then html", 200, PICTURE + b"<script>alert(1)</script>"),
    sent("jpeg with a pdf in its comment", 200, PICTURE[:2] + b"\xff\xfe\0\x0b%PDF-1.7\n" + PICTURE[2:]),
    sent("png, then jpeg", 200, PNG + PICTURE, SHAPE),
    sent("bmp by its letters, text by the rest", 400, b"BM is no picture\0" * 9),
    sent("gif that is a script", (400, 413), b"GIF89a/*" + b" " * 100 + b"*/=1;alert(1)"),
    sent("tiff that is a jpeg", 400, b"II*\0" + PICTURE),
    sent("webp that is an avi", 400, b"RIFF\x40\0\0\0AVI WEBPVP8 " + bytes(90)),
    sent("mp4 that is a heic", 400, b"\0\0\0\x18ftypheicmp42mif1" + b"\0\0\0\x08mdat"),
]


@pytest.mark.parametrize(**names(sent(name, 413, data) for name, data in BOMBS.items()))
def test_bomb(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.parametrize(**names(sent(name, 400, data) for name, data in BROKEN.items()))
def test_broken(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.parametrize(**names(metadata()))
def test_metadata(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.parametrize(**names(sent(name, 400, data) for name, data in OTHERS.items()))
def test_not_a_picture(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.parametrize(**names(POLYGLOTS))
def test_two_things_at_once(case: Case, guard: Guard) -> None:
    guard.ask(case)


def large(kind: str, channels: int = 3, depth: type = np.uint8, **options: Any) -> bytes:
    """Just within the limit of 50 megapixels, and as dear as the format makes that."""
    rows: NDArray[Any] = np.zeros((7000, 7000, channels), depth)
    rows[::64, ::64] = np.iinfo(depth).max
    if depth is np.uint16:
        return cv2.imencode(f".{kind.lower()}", rows)[1].tobytes()
    return save(Image.fromarray(rows, {4: "CMYK"}.get(channels)), kind, **options)


@pytest.mark.parametrize(
    **names(
        Case(name, 200, request, shape=(7000, 7000))
        for name, request in {
            "jpeg": lambda: {"files": {"file": large("JPEG")}},
            "jpeg progressive, turned": lambda: {
                "files": {
                    "file": large("JPEG", progressive=True, subsampling=0, exif=pictures.exif(6)),
                }
            },
            "jpeg cmyk progressive": lambda: {"files": {"file": large("JPEG", 4, progressive=True)}},
            "png of 16 bits": lambda: {"files": {"file": large("PNG", depth=np.uint16)}},
            "tiff of 16 bits": lambda: {"files": {"file": large("TIFF", depth=np.uint16)}},
            "avif": lambda: {"files": {"file": large("AVIF", speed=10, subsampling="4:4:4")}},
            "webp": lambda: {"files": {"file": large("WEBP", quality=10, method=0)}},
            "gif": lambda: {"files": {"file": save(Image.new("L", (7000, 7000)), "GIF")}},
        }.items()
    )
)
def test_the_largest_picture(case: Case, guard: Guard) -> None:
    guard.ask(case)


def grey(mode: str, size: int = 7071) -> Image.Image:
    """Of the level that a decoder fills with, so that it is decoded twice."""
    return Image.new(mode, (size, size), (128, 128, 128, 0) if mode == "CMYK" else (128,) * 3)


def noise(size: int) -> NDArray[Any]:
    return np.random.default_rng(0).integers(0, 255, (size, size, 3), np.uint8)


def encoded_jpeg(rows: NDArray[Any], quality: int, *, progressive: bool = False) -> bytes:
    """Without subsampling, its last block grey."""
    rows[-16:, -16:] = 128
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return cv2.imencode(".jpg", rows, options)[1].tobytes()


def lossless(rows: NDArray[Any]) -> bytes:
    return cv2.imencode(".jp2", rows, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])[1].tobytes()


def waves() -> bytes:
    """25 megapixels of 16 bits in 400 kB, all of whose levels OpenJPEG goes through."""
    y, x = np.mgrid[0:5000, 0:5000]
    rows = ((x // 2 + y // 2) % 2 * 49_152 + (x + y) % 2 * 8192).astype(np.uint16)
    return lossless(np.stack([rows] * 3, axis=-1))


def dear(name: str, expected: int | tuple[int, ...], data: Callable[[], bytes], length: int) -> Case:
    return Case(name, expected, lambda: {"files": {"file": data()}}, shape=(length, length))


@pytest.mark.parametrize(
    **names(
        [
            dear(
                "jpeg cmyk progressive, grey",
                200,
                lambda: save(grey("CMYK"), "JPEG", progressive=True),
                7071,
            ),
            dear(
                "jpeg of 100 scans of all components",
                413,
                lambda: pictures.scans_repeated(save(grey("RGB"), "JPEG", progressive=True, subsampling=0), 90),
                7071,
            ),
            dear(
                "jpeg progressive of noise",
                413,
                lambda: encoded_jpeg(noise(7000), 88, progressive=True),
                7000,
            ),
            dear("jpeg of noise, grey in a corner", 200, lambda: encoded_jpeg(noise(7000), 60), 7000),
            dear("jpeg of much noise, grey in a corner", 413, lambda: encoded_jpeg(noise(7000), 90), 7000),
            dear("jpeg progressive of some noise", 200, lambda: encoded_jpeg(noise(7000), 60, progressive=True), 7000),
            dear("jpeg 2000 of noise", 413, lambda: lossless(noise(2400)), 2400),
            dear("jpeg 2000 of less noise", 200, lambda: lossless(noise(1900)), 1900),
            dear("jpeg 2000 of 16 bits", EITHER, waves, 5000),
        ]
    )
)
def test_a_dear_picture(case: Case, guard: Guard) -> None:
    guard.ask(case)
