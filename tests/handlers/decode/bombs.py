"""Pictures that announce more than they hold, and pictures that are broken."""

from __future__ import annotations

import struct

from tests.handlers.decode import pictures

MANY = pictures.many()
HEIC = (pictures.HEIC / "plain.heic").read_bytes()


def jpeg2000(width: int, height: int, tile: int, components: int = 3) -> bytes:
    data = bytearray(MANY["j2k tiles"])
    struct.pack_into(">8IH", data, 8, width, height, 0, 0, tile, tile, 0, 0, components)
    return bytes(data)


def box(name: bytes, content: bytes, *, full: int | None = None) -> bytes:
    """A box of HEIF's; full: its version, where it has one."""
    head = b"" if full is None else struct.pack(">I", full << 24)
    return struct.pack(">I4s", 8 + len(head) + len(content), name) + head + content


def derived(kind: bytes, content: bytes, tiles: int, *, size: tuple[int, int] = (64, 64), own: bool = False) -> bytes:
    """A HEIC whose picture is made of `tiles` others of 64 x 64 pixels, whose data is the same.

    size: width and height that the picture announces; own: whether it is made of itself, too.
    """
    codec = HEIC[HEIC.index(b"hvcC") - 4 :]
    codec = codec[: int.from_bytes(codec[:4], "big")]
    coded = HEIC[HEIC.index(b"mdat") + 4 :]
    last = tiles + 1
    sources = [*range(1, last), *([last] if own else [])]
    sizes = [box(b"ispe", struct.pack(">II", *pair), full=0) for pair in ((64, 64), size)]
    uses = [struct.pack(">HBBB", number, 2, 0x81, 2) for number in range(1, last)] + [struct.pack(">HBB", last, 1, 3)]
    names = [
        box(b"infe", struct.pack(">HH4sB", number, 0, b"hvc1" if number < last else kind, 0), full=2)
        for number in range(1, last + 1)
    ]
    meta, start = b"", 0
    for _ in range(2):  # the second time, where the data lies is known
        places = [(start, len(coded))] * tiles + [(start + len(coded), len(content))]
        entries = [struct.pack(">HHHII", number, 0, 1, *place) for number, place in enumerate(places, 1)]
        meta = box(
            b"meta",
            box(b"hdlr", bytes(4) + b"pict" + bytes(13), full=0)
            + box(b"pitm", struct.pack(">H", last), full=0)
            + box(b"iloc", struct.pack(">HH", 0x4400, last) + b"".join(entries), full=0)
            + box(b"iinf", struct.pack(">H", last) + b"".join(names), full=0)
            + box(b"iref", box(b"dimg", struct.pack(f">HH{len(sources)}H", last, len(sources), *sources)), full=0)
            + box(b"iprp", box(b"ipco", codec + b"".join(sizes)) + ipma(uses)),
            full=0,
        )
        start = 24 + len(meta) + 8
    return box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + meta + box(b"mdat", coded + content)


def ipma(uses: list[bytes]) -> bytes:
    return box(b"ipma", struct.pack(">I", len(uses)) + b"".join(uses), full=0)


def overlay(width: int, height: int) -> bytes:
    """One whose canvas has another size than it announces."""
    return derived(b"iovl", struct.pack(">BBHHHHIIII", 0, 1, 0, 0, 0, 0xFFFF, width, height, 0, 0), 1)


def grid(rows: int, columns: int, width: int, height: int) -> bytes:
    content = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    return derived(b"grid", content, rows * columns, size=(width, height))


# Refused by their headers, before they are decoded.
BOMBS = {
    "webp": pictures.lossless_webp(12_000, 12_000),
    "png of one bit": pictures.png(13_300, 13_300, depth=1, colour=0, rows=bytes(13_300 * 1664)),
    "bmp": b"BM" + struct.pack("<IIIIiiHHIIIIII", 200, 0, 54, 40, 30_000, -30_000, 1, 8, 1, 0, 0, 0, 0, 0) + bytes(99),
    "jpeg": MANY["jpeg rgb"].replace(struct.pack(">HH", 61, 87), struct.pack(">HH", 60_000, 60_000)),
    "jpeg of many scans": pictures.scans(1500),
    "apng frame": MANY["png rgb"][:33]
    + pictures.chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 20_000, 20_000, 0, 0, 1, 1, 0, 0))
    + MANY["png rgb"][33:],
    "png of two headers": MANY["png rgb"][:33] + pictures.png(20_000, 20_000)[8:33] + MANY["png rgb"][33:],
}

# Refused by the sandbox, or by what runs there.
SANDBOXED = {
    "tiff": pictures.tiff((256, 3, 1, 30_000), (257, 3, 1, 30_000)),
    "tiff that says it twice": pictures.tiff((256, 4, 1, 30_000), (257, 4, 1, 30_000), (256, 3, 1, 1), (257, 3, 1, 1)),
    "tiff tile": pictures.tiff((256, 3, 1, 9), (257, 3, 1, 9), (322, 3, 1, 60_000), (323, 3, 1, 60_000)),
    "tiff of a hundred bands": pictures.tiff((256, 3, 1, 5000), (257, 3, 1, 5000), (277, 3, 1, 100)),
    "jp2": jpeg2000(60_000, 60_000, 60_000),
    "jp2 of thirty megapixels": jpeg2000(6000, 5000, 5000),
    "jp2 of five components": jpeg2000(100, 100, 100, components=5),
    "avif": MANY["avif rgb"].replace(struct.pack(">II", 87, 61), struct.pack(">II", 9000, 9000)),
    "heic": HEIC.replace(b"ispe\0\0\0\0\0\0\0\x40", b"ispe\0\0\0\0\0\x10\0\0"),
    "heic overlay of a gigapixel": overlay(32_767, 32_767),
    "heic overlay of many gigapixels": overlay(0x7FFFFFFF, 0x7FFFFFFF),
    "heic grid of 65,025 tiles": grid(255, 255, 64 * 255, 64 * 255),
    "heic grid with a large edge": grid(1, 1, 65_535, 65_535),
    "heic made of itself": derived(b"iden", b"", 0, own=True),
    "heic grid of itself": derived(b"grid", struct.pack(">BBBBHH", 0, 0, 0, 1, 128, 64), 1, own=True),
}


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
