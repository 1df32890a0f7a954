"""DNG files, written on the spot: tags in, a little-endian TIFF out."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from model_cache.prediction import Frame

BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
CFA, LINEAR, RGB, YCBCR, GREY = 32803, 34892, 2, 6, 1
DNG_VERSION, SUB_IFDS = 50706, 330
STRIP, STRIP_BYTES = 273, 279
_CODES = {BYTE: "B", SHORT: "H", LONG: "I"}

Number = int | float
# Tag -> its type and values; of STRIP the bytes themselves.
Directory = dict[int, tuple[int, Sequence[Number] | bytes]]

# XYZ (D65) -> camera: that of a camera whose own colours are linear sRGB's.
_SRGB = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)


def camera(orientation: int = 1, neutral: Sequence[float] = (1, 1, 1)) -> Directory:
    """What the first directory says of the whole file; `neutral` is how the camera sees white."""
    return {
        DNG_VERSION: (BYTE, (1, 4, 0, 0)),
        50707: (BYTE, (1, 1, 0, 0)),
        271: (ASCII, b"Test\0"),
        272: (ASCII, b"Mosaic\0"),
        50708: (ASCII, b"Test Mosaic\0"),  # UniqueCameraModel
        274: (SHORT, (orientation,)),
        50721: (SRATIONAL, _SRGB),  # ColorMatrix1
        50728: (RATIONAL, neutral),  # AsShotNeutral
        50778: (SHORT, (21,)),  # CalibrationIlluminant1: D65
    }


def picture(pixels: npt.NDArray[np.uint8 | np.uint16], photometric: int, preview: bool = False) -> Directory:
    """A directory of uncompressed pixels, (h, w) or (h, w, channels)."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    return {
        254: (LONG, (int(preview),)),
        256: (LONG, (pixels.shape[1],)),
        257: (LONG, (pixels.shape[0],)),
        258: (SHORT, (pixels.itemsize * 8,) * channels),
        259: (SHORT, (1,)),
        262: (SHORT, (photometric,)),
        STRIP: (LONG, pixels.tobytes()),
        277: (SHORT, (channels,)),
        278: (LONG, (pixels.shape[0],)),
    }


def jpeg(pixels: Frame) -> Directory:
    """An RGB picture as a JPEG, which is what most cameras' previews are."""
    coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    return picture(pixels, YCBCR, preview=True) | {
        259: (SHORT, (7,)),
        530: (SHORT, (2, 2)),
        STRIP: (LONG, coded),
    }


def mosaic(scene: Frame, black: int = 256, white: int = 4095, neutral: Sequence[float] = (1, 1, 1)) -> Directory:
    """What a camera behind red, green, green and blue filters records of an sRGB picture with even sides."""
    linear = _linear(scene) * neutral
    sensor = np.empty(scene.shape[:2])
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        sensor[row::2, column::2] = linear[row::2, column::2, channel]
    return picture((sensor * (white - black) + black).round().astype(np.uint16), CFA) | {
        33421: (SHORT, (2, 2)),  # CFARepeatPatternDim
        33422: (BYTE, (0, 1, 1, 2)),  # CFAPattern
        50714: (SHORT, (black,)),
        50717: (LONG, (white,)),
    }


def linear(scene: Frame, white: int = 65_535) -> Directory:
    """A picture whose mosaic is already filled in, as a phone's panorama."""
    return picture((_linear(scene) * white).round().astype(np.uint16), LINEAR) | {50717: (LONG, (white,) * 3)}


def _linear(scene: Frame) -> npt.NDArray[np.float64]:
    level = scene / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def file(first: Directory, *inner: Directory) -> bytes:
    """The file whose first directory is `first`; the others stand in its SubIFDs."""
    data = bytearray(b"II*\0\0\0\0\0")
    places = [_place(data, directory) for directory in inner]
    if places:
        first = first | {SUB_IFDS: (LONG, places)}
    struct.pack_into("<I", data, 4, _place(data, first))
    return bytes(data)


def _place(data: bytearray, directory: Directory) -> int:
    entries = []
    for tag, (kind, values) in sorted(directory.items()):
        content = _pack(kind, values)
        count = len(content) if kind == ASCII else len(values)
        if tag == STRIP and isinstance(values, bytes):
            entries.append((tag, kind, 1, struct.pack("<I", _append(data, values))))
            entries.append((STRIP_BYTES, LONG, 1, struct.pack("<I", len(values))))
            continue
        inline = content if len(content) <= 4 else struct.pack("<I", _append(data, content))
        entries.append((tag, kind, count, inline))
    table = b"".join(struct.pack("<HHI4s", *entry) for entry in sorted(entries))
    return _append(data, struct.pack("<H", len(entries)) + table + bytes(4))


def _append(data: bytearray, content: bytes) -> int:
    data += bytes(len(data) % 2)
    at = len(data)
    data += content
    return at


def _pack(kind: int, values: Sequence[Number] | bytes) -> bytes:
    if isinstance(values, bytes):
        return values
    if kind in (RATIONAL, SRATIONAL):
        return b"".join(struct.pack("<iI", round(float(value) * 10_000), 10_000) for value in values)
    return struct.pack(f"<{len(values)}{_CODES[kind]}", *values)
