"""A file's first bytes -> the picture format it is in. Names and declared types are never asked."""

from __future__ import annotations

from typing import Literal

Format = Literal["JPEG", "PNG", "WebP", "BMP", "TIFF", "JPEG 2000", "GIF", "AVIF", "HEIC"]
INCOMPLETE = "The file is not a complete image."

# (offset, bytes). JPEG covers MPO, TIFF covers DNG, both of TIFF's byte orders and BigTIFF.
_MAGIC: tuple[tuple[Format, int, bytes], ...] = (
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("WebP", 8, b"WEBP"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II+\0"),
    ("TIFF", 0, b"MM\0+"),
    ("JPEG 2000", 0, b"\0\0\0\x0cjP  \r\n\x87\n"),
    ("JPEG 2000", 0, b"\xff\x4f\xff\x51"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
# Two letters are too few to know a BMP by; the length of its second header follows at byte 14.
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}


def sniff(data: bytes) -> Format | None:
    """The format that the content shows, or None."""
    for name, offset, magic in _MAGIC:
        if data.startswith(magic, offset) and (name != "WebP" or data.startswith(b"RIFF")):
            return name
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if data.startswith(b"ftyp", 4):
        return _brand(data)
    return None


def _brand(data: bytes) -> Format | None:
    # The major brand may be the bare container's (mif1); then one of the compatible ones tells.
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    brands = {box[at : at + 4] for at in range(0, len(box), 4)}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & _HEIC_BRANDS else None
