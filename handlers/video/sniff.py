"""A file's first bytes -> the video container it is in. Names and declared types are never asked.

A GIF counts as a video, as it does for ultralytics: one result per frame, and a still one has one.
"""

from __future__ import annotations

from typing import Literal

from handlers.decode import formats

Container = Literal["MP4", "AVI", "Matroska", "MPEG", "MPEG-TS", "ASF", "GIF"]

_MAGIC: tuple[tuple[Container, bytes], ...] = (
    ("GIF", b"GIF87a"),
    ("GIF", b"GIF89a"),
    ("Matroska", b"\x1a\x45\xdf\xa3"),  # and WebM
    ("ASF", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),  # WMV
    ("MPEG", b"\0\0\x01\xba"),  # a program stream
    ("MPEG", b"\0\0\x01\xb3"),  # MPEG-1 or -2 pictures without a container
    ("MPEG", b"\0\0\x01\xb0"),  # the same of MPEG-4, which some encoders name .m4v
)
# QuickTime files of before `ftyp` begin with any of the others.
_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp"}
_PICTURE_BRANDS = {b"mif1", b"msf1", b"mif2", b"miaf", b"heif", b"crx ", b"jxl ", b"jp2 ", b"jpx "}
# (where the first packet's sync byte is, how far apart): plain, with a timestamp before, with a checksum after.
_PACKETS = ((0, 188), (4, 192), (0, 204))
_SYNC, _MOST_SYNCS, _FEWEST_SYNCS = 0x47, 8, 3


def sniff(data: bytes) -> Container | None:
    """The container that the content shows, or None."""
    for name, magic in _MAGIC:
        if data.startswith(magic):
            return name
    if data.startswith(b"RIFF") and data[8:12] in (b"AVI ", b"AVIX"):
        return "AVI"
    if _quicktime(data):
        return "MP4"
    return "MPEG-TS" if any(_packets(data, at, step) for at, step in _PACKETS) else None


def is_video(data: bytes) -> bool:
    """Whether `data` is to be read frame by frame. It may be damaged all the same."""
    return sniff(data) is not None


def _quicktime(data: bytes) -> bool:
    # The box's length stands before its name. No text begins with so low a byte, so that the length of a
    # first box is below 150 MB; a longer one is written as 1 and stands elsewhere.
    if data[4:8] not in _BOXES or data[0] > 8:
        return False
    return data[4:8] != b"ftyp" or (formats.sniff(data) is None and data[8:12] not in _PICTURE_BRANDS)


def _packets(data: bytes, at: int, step: int) -> bool:
    syncs = data[at : at + step * _MOST_SYNCS : step]
    return len(syncs) >= _FEWEST_SYNCS and syncs.count(_SYNC) == len(syncs)
