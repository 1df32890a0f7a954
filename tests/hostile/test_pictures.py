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
from tests.handlers.decode.bombs import BOMBS, BROKEN, SANDBOXED
from tests.handlers.decode.pictures import chunk, save
from tests.hostile.case import PICTURE, Case, names, sent
from tests.hostile.guard import Guard

WHOLE = Image.fromarray(pictures.scene())
PNG = save(WHOLE, "PNG")
SHAPE = (61, 87)
EITHER = (200, 400, 413)
MANY = pictures.many()
HEIC = (pictures.HEIC / "plain.heic").read_bytes()


def made(name: str, expected: int | tuple[int, ...], data: Callable[[], bytes]) -> Case:
    """As `sent`, of a file that is large, or takes time to make."""
    return Case(name, expected, lambda: {"files": {"file": data()}})


def png_with(*chunks: bytes) -> bytes:
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    data = save(WHOLE, "JPEG")
    heads = [struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in segments]
    return data[:2] + b"".join(heads) + data[2:]


def exif_texts(count: int, length: int, after: int) -> bytes:
    """EXIF of `count` entries, each of which says that its text is the same `length` bytes."""
    entries = struct.pack("<HHII", 0x010E, 2, length, 8) * count
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entries + bytes(4) + b"a" * after


def webp_with(name: bytes, content: bytes) -> bytes:
    data = bytearray(save(WHOLE, "WEBP", exif=b"II*\0\x08\0\0\0\0\0"))
    at = data.index(b"EXIF")
    data[at:] = name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    data[4:8] = struct.pack("<I", len(data) - 8)
    return bytes(data)


def unpacked(megabytes: int) -> bytes:
    return zlib.compress(bytes(megabytes * 1_000_000), 9)


EXIF = b"Exif\0\0"


def metadata() -> dict[str, Callable[[], bytes]]:
    """What costs decoders much and changes no pixel: it is passed over, or the file is refused."""
    texts, profile = b"comment\0\0" + unpacked(7), b"icc\0\0" + unpacked(7)
    international = b"comment\0\1\0\0\0" + unpacked(7)
    loop = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + bytes(4)
    far = b"II*\0" + struct.pack("<I", 0xFFFFFFF0)
    many = b"II*\0\x08\0\0\0" + struct.pack("<H", 0xFFFF) + struct.pack("<HHII", 0x0112, 3, 1, 6) * 4000
    part = b"ICC_PROFILE\0\x01\xff" + b"\xff" * 60_000
    return {
        "png zTXt of 100 MB": lambda: png_with(chunk(b"zTXt", b"comment\0\0" + unpacked(100))),
        "png iTXt of 100 MB": lambda: png_with(chunk(b"iTXt", b"comment\0\1\0\0\0" + unpacked(100))),
        "png iCCP of 100 MB": lambda: png_with(chunk(b"iCCP", b"icc\0\0" + unpacked(100))),
        "png 900 zTXt": lambda: png_with(*[chunk(b"zTXt", texts)] * 900),
        "png 900 iTXt": lambda: png_with(*[chunk(b"iTXt", international)] * 900),
        "png 900 iCCP": lambda: png_with(*[chunk(b"iCCP", profile)] * 900),
        "png 90,000 tEXt": lambda: png_with(*[chunk(b"tEXt", b"comment\0" + b"x" * 900)] * 90_000),
        "png 90,000 sPLT": lambda: png_with(*[chunk(b"sPLT", b"p%d\0\x08" % n + bytes(600)) for n in range(90_000)]),
        "png 90,000 chunks of no name": lambda: png_with(*[chunk(b"zzZz", bytes(1000))] * 90_000),
        "png eXIf of nonsense": lambda: png_with(chunk(b"eXIf", b"\xff" * 60_000)),
        "png eXIf of long texts": lambda: png_with(chunk(b"eXIf", exif_texts(4000, 17_000, 17_000))),
        "png eXIf of 7 MB": lambda: png_with(chunk(b"eXIf", exif_texts(65_535, 6_000_000, 6_000_000))),
        "png 1000 eXIf": lambda: png_with(*[chunk(b"eXIf", exif_texts(4000, 17_000, 17_000))] * 1000),
        "png texts after the pixels": lambda: PNG[:-12] + chunk(b"zTXt", texts) * 900 + PNG[-12:],
        "jpeg exif loop": lambda: jpeg_with((0xE1, EXIF + loop)),
        "jpeg exif far away": lambda: jpeg_with((0xE1, EXIF + far)),
        "jpeg exif of 65,535 entries": lambda: jpeg_with((0xE1, EXIF + many)),
        "jpeg exif of zeros": lambda: jpeg_with((0xE1, EXIF + bytes(60_000))),
        "jpeg exif cut": lambda: jpeg_with((0xE1, EXIF + b"II*\0\x08\0")),
        "jpeg exif orientation 65535": lambda: jpeg_with((0xE1, pictures.exif(65_535))),
        "jpeg exif of long texts": lambda: jpeg_with((0xE1, EXIF + exif_texts(4000, 17_000, 17_000))),
        "jpeg 1000 exif": lambda: jpeg_with(*[(0xE1, EXIF + exif_texts(4000, 10_000, 10_000))] * 1000),
        "jpeg 1000 xmp": lambda: jpeg_with(*[(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + bytes(60_000))] * 1000),
        "jpeg 90,000 comments": lambda: jpeg_with(*[(0xFE, bytes(900))] * 90_000),
        "jpeg 1000 profiles": lambda: jpeg_with(*[(0xE2, part)] * 1000),
        "webp exif far away": lambda: webp_with(b"EXIF", far),
        "webp exif of 20 MB": lambda: webp_with(b"EXIF", exif_texts(65_535, 20_000_000, 20_000_000)),
        "webp exif of long texts": lambda: webp_with(b"EXIF", exif_texts(4000, 17_000, 17_000)),
        "webp xmp of 50 MB": lambda: webp_with(b"XMP ", bytes(50_000_000)),
        "webp profile of 50 MB": lambda: webp_with(b"ICCP", bytes(50_000_000)),
        "webp 90,000 chunks of no name": lambda: webp_with(
            b"XMP ", (b"zzZz" + struct.pack("<I", 500) + bytes(500)) * 90_000
        ),
        "avif exif of long texts": lambda: save(WHOLE, "AVIF", speed=10, exif=exif_texts(65_535, 900_000, 900_000)),
        "heic of many sizes": lambda: HEIC + b"ispe\0\0\0\0\0\0\0\1\0\0\0\1" * 20_000,
        "tiff description of 50 MB": lambda: save(WHOLE, "TIFF", tiffinfo={270: "x" * 50_000_000}),
        "jp2 with 90,000 boxes": lambda: MANY["jp2 rgb"] + struct.pack(">I4s", 1000, b"free").ljust(1000) * 90_000,
        "webp exif of none": lambda: webp_with(b"EXIF", b""),
    }


def test_what_has_no_effect_is_passed_over(guard: Guard) -> None:
    """The usual ones, of usual size, and the picture is what it is without."""
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * 1_000_000, zip=True)
    guard.ask(sent("zTXt of 1 MB", 200, save(WHOLE, "PNG", pnginfo=text), SHAPE))
    guard.ask(sent("jpeg comment", 200, PICTURE[:2] + b"\xff\xfe\xff\xff" + bytes(65_533) + PICTURE[2:]))


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


@pytest.mark.parametrize(**names(sent(name, (200, 400, 413), data) for name, data in SANDBOXED.items()))
def test_a_bomb_in_the_sandbox(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.parametrize(**names(made(name, EITHER, data) for name, data in metadata().items()))
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
            dear("jpeg 2000 of noise", EITHER, lambda: lossless(noise(2400)), 2400),
            dear("jpeg 2000 of less noise", 200, lambda: lossless(noise(1900)), 1900),
            dear("jpeg 2000 of 16 bits", EITHER, waves, 5000),
        ]
    )
)
def test_a_dear_picture(case: Case, guard: Guard) -> None:
    guard.ask(case)
