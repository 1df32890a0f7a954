from __future__ import annotations

import pickle
import struct
from typing import Literal

import pytest

from handlers.decode import decode
from handlers.decode.containers import pixels
from handlers.errors import BadRequest, TooLarge
from tests.handlers.decode import pictures
from tests.handlers.decode.pictures import run

LIMIT = 50_000_000
MANY = pictures.many()


def jpeg2000(width: int, height: int, tile: int, components: int = 3) -> bytes:
    data = bytearray(MANY["j2k tiles"])
    struct.pack_into(">8IH", data, 8, width, height, 0, 0, tile, tile, 0, 0, components)
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
    "tiff of a hundred bands": pictures.tiff((256, 3, 1, 5000), (257, 3, 1, 5000), (277, 3, 1, 100)),
    "apng frame": MANY["png rgb"][:33]
    + pictures.chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 20_000, 20_000, 0, 0, 1, 1, 0, 0))
    + MANY["png rgb"][33:],
    "png of two headers": MANY["png rgb"][:33] + pictures.png(20_000, 20_000)[8:33] + MANY["png rgb"][33:],
    "jp2": jpeg2000(60_000, 60_000, 60_000),
    "jp2 of thirty megapixels, which cost OpenJPEG as much as sixty": jpeg2000(6000, 5000, 5000),
    "jp2 tiles": jpeg2000(4000, 4000, 28),
    "jp2 of five components": jpeg2000(100, 100, 100, components=5),
    "gif": MANY["gif grey"].replace(struct.pack("<HH", 87, 61), struct.pack("<HH", 60_000, 60_000), 1),
    "avif": MANY["avif rgb"].replace(struct.pack(">II", 87, 61), struct.pack(">II", 9000, 9000)),
    "heic": (pictures.HEIC / "plain.heic").read_bytes().replace(b"ispe\0\0\0\0\0\0\0\x40", b"ispe\0\0\0\0\0\x10\0\0"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_from_its_header(name: str) -> None:
    with pytest.raises(TooLarge):
        decode(BOMBS[name], max_pixels=LIMIT)


def test_scans_after_the_picture_do_not_count() -> None:
    # A phone's motion clip follows its picture: 10 MB of it hold a hundred and fifty such bytes by chance.
    assert decode(MANY["jpeg rgb"] + b"\xff\xda\x00\x02" * 1500, max_pixels=LIMIT).shape == (61, 87, 3)
    assert decode(pictures.scans(5), max_pixels=LIMIT).shape == (61, 87, 3)


def test_scans_count_by_what_they_pass_over() -> None:
    data = MANY["jpeg progressive"]
    assert decode(data, max_pixels=6000).shape == (61, 87, 3)
    with pytest.raises(TooLarge):
        decode(pictures.scans_repeated(data, 90), max_pixels=6000)


def test_arithmetic_codes_count_by_the_sample() -> None:
    plain = MANY["jpeg sampling 0"]
    assert pixels(plain, "JPEG") == 61 * 87
    assert pixels(plain.replace(b"\xff\xc0", b"\xff\xc9", 1), "JPEG") == 61 * 87 * 3 // 2


def test_a_jpeg_2000_counts_by_its_bytes_where_they_are_many() -> None:
    assert pixels(MANY["jp2 rgb"], "JPEG 2000") == 4 * len(MANY["jp2 rgb"])
    assert pixels(MANY["jp2 lossy"], "JPEG 2000") == max(2 * 61 * 87, 4 * len(MANY["jp2 lossy"]))


@pytest.mark.parametrize("kind", ["AVIF", "HEIC"])
def test_an_avif_or_heic_counts_by_its_bytes_where_they_are_many(kind: Literal["AVIF", "HEIC"]) -> None:
    data = MANY["avif rgb"] if kind == "AVIF" else (pictures.HEIC / "plain.heic").read_bytes()
    data += pictures.chunk(b"free", bytes(1_000_000))
    assert pixels(data, kind) == 2 * len(data)


def with_length(data: bytes, name: bytes, length: int) -> bytes:
    at = data.index(name)
    return data[: at - 4] + struct.pack(">I", length) + data[at:]


BROKEN = {
    "png chunk of 4 GB": with_length(MANY["png rgb"], b"IDAT", 0xFFFFFFFF),
    "png without pixels": pictures.png(40, 40),
    "png of half its rows": pictures.png(40, 40, rows=bytes(121 * 20)),
    "png without its end": MANY["png rgb"][:-12],
    "png wrong checksum": MANY["png rgb"][:-14] + b"\0\0" + MANY["png rgb"][-12:],
    "png of no width": pictures.png(0, 40),
    "jpeg without its end": MANY["jpeg rgb"][:-2],
    "jpeg of no height": MANY["jpeg rgb"].replace(struct.pack(">HH", 61, 87), struct.pack(">HH", 0, 87)),
    "jpeg of empty segments": b"\xff\xd8" + b"\xff\xe0\0\2" * 200_000 + MANY["jpeg rgb"][2:],
    "png of empty chunks": MANY["png rgb"][:33] + pictures.chunk(b"teSt", b"") * 200_000 + MANY["png rgb"][33:],
    "heic of many sizes": (pictures.HEIC / "plain.heic").read_bytes() + b"ispe\0\0\0\0\0\0\0\1\0\0\0\1" * 20_000,
    "png end of 2 GB": MANY["png rgb"][:-12] + b"\x7f\xff\xff\xffIEND" + MANY["png rgb"][-4:],
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


def test_a_directory_of_too_many_values_is_not_read() -> None:
    data = pictures.tiff(*[(256, 1, 60_000, 8)] * 6000)
    with pytest.raises(BadRequest):
        pixels(data, "TIFF")


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
