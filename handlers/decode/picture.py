"""A picture's bytes -> the frame that a model looks at: upright, BGR, 8 bits.

The pixels are those that ultralytics reads from the same file: OpenCV's, and of AVIF and HEIC Pillow's.
Of a DNG that is its first picture, however small; where that is the mosaic, which ultralytics cannot read,
LibRaw develops it.
The header is read first, because what it announces is what decoding costs. Pillow is not imported for
the formats that OpenCV decodes; it would also keep other threads waiting while it decodes some of them.
"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np

from handlers.decode import jpeg2000
from handlers.decode.containers import pixels
from handlers.decode.formats import INCOMPLETE, Format, sniff
from handlers.decode.jpeg import lengthened, looks_filled, walk
from handlers.decode.raw import develop
from handlers.decode.tiff import is_dng
from handlers.errors import BadRequest, TooLarge
from model_cache.prediction import Frame

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

# What is wrong with a caller's file is the caller's to know; the log would fill with it.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_UNKNOWN = (
    "The file is not an image in a supported format (JPEG, PNG, WebP, AVIF, HEIC, JPEG 2000, TIFF, DNG, BMP or GIF)."
)
# What Pillow's plugins raise on broken files.
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError, struct.error)
_STRIP = 256  # rows converted at once, so that a large picture is not held a third and fourth time
_ORIENTATION = 0x0112
_TWICE = 3  # times what one decoding may cost by its scans, for two and their pixels


def decode(data: bytes, *, max_pixels: int, upright: bool = True) -> Frame:
    """The picture in `data`, (h, w, 3), as a person would hold it. Of several pictures the first.

    upright: whether what EXIF says of the camera's orientation is heeded. TIFF and DNG are upright in any case:
    their libraries see to that.
    Raises BadRequest (no picture, an unknown format, or one that is not whole) and TooLarge.
    """
    kind = sniff(data)
    if kind is None:
        raise BadRequest(_UNKNOWN)
    if kind != "GIF":
        _limit(pixels(data, kind), max_pixels)
    if kind in ("GIF", "AVIF", "HEIC"):
        return _with_pillow(data, kind, max_pixels, upright)
    if kind == "TIFF" and is_dng(data):
        return _of_dng(data, max_pixels)
    if kind == "JPEG 2000":
        return jpeg2000.decode(data, max_pixels)
    if kind == "JPEG":
        return _of_jpeg(data, max_pixels, upright)
    return _with_opencv(data, kind, upright)


def _limit(area: int, max_pixels: int) -> None:
    if area > max_pixels:
        raise TooLarge(f"The image is larger than {max_pixels / 1e6:g} megapixels, or costs as much to decode.")
    if not area:
        raise BadRequest(INCOMPLETE)


def _with_opencv(data: bytes, kind: Format, upright: bool) -> Frame:
    # OpenCV turns a picture upright itself. A TIFF's 16 bits are shifted down as ultralytics does it;
    # OpenCV's own way to 8 bits is off by one now and then.
    as_stored = 0 if upright else cv2.IMREAD_IGNORE_ORIENTATION
    flags = cv2.IMREAD_COLOR | as_stored | (cv2.IMREAD_ANYDEPTH if kind == "TIFF" else 0)
    frame = _read(data, flags)
    if frame is not None and frame.dtype == np.uint16:
        low = 0 if sys.byteorder == "big" else 1  # a picture shifted as a whole would be held three times
        frame = np.ascontiguousarray(frame.view(np.uint8).reshape(*frame.shape, 2)[..., low])
    if frame is None or frame.dtype != np.uint8 or frame.shape[2:] != (3,):
        raise BadRequest(INCOMPLETE)
    return frame  # type: ignore[return-value]


def _of_jpeg(data: bytes, max_pixels: int, upright: bool) -> Frame:
    frame = _with_opencv(data, "JPEG", upright)
    if not looks_filled(frame):
        return frame
    found = walk(data)
    if not found.fillable:
        return frame
    # libjpeg fills what is missing with grey, and says so to nobody: it is decoded again, with more to read.
    if max(_TWICE * found.work, len(data)) > max_pixels:
        raise TooLarge("The JPEG is too large to see whether its grey corner is all that there is of it.")
    before = zlib.crc32(frame.data)
    del frame  # beside what libjpeg holds of several scans, two would be too many
    frame = _with_opencv(lengthened(data, found.end), "JPEG", upright)
    if zlib.crc32(frame.data) != before:
        raise BadRequest(INCOMPLETE)
    return frame


def _of_dng(data: bytes, max_pixels: int) -> Frame:
    # By a name that ends in .dng, ultralytics leaves 16 bits to OpenCV.
    frame = _read(data, cv2.IMREAD_COLOR)
    if frame is not None:
        return frame  # type: ignore[return-value]
    area = pixels(data, "DNG")
    _limit(area, max_pixels)
    return develop(data, area // 2)


def _read(data: bytes, flags: int) -> cv2.typing.MatLike | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None


def _with_pillow(data: bytes, kind: Format, max_pixels: int, upright: bool) -> Frame:
    try:
        image = _open(data, kind)
        _limit(image.width * image.height, max_pixels)
        image.load()
        return _upright(_bgr(image), image.getexif().get(_ORIENTATION, 1) if upright else 1)
    except _DECODER_ERRORS as error:
        raise BadRequest(INCOMPLETE) from error


def _open(data: bytes, kind: Format) -> ImageFile:
    """The plugin's own class, rather than Image.open.

    That one would import every plugin, warn of large pictures, and is replaced when ultralytics is loaded
    by a version that installs packages.
    """
    file = io.BytesIO(data)
    if kind == "AVIF":
        from PIL.AvifImagePlugin import AvifImageFile

        return AvifImageFile(file)
    if kind == "GIF":
        from PIL.GifImagePlugin import GifImageFile

        return GifImageFile(file)
    from pi_heif import HeifImageFile

    return HeifImageFile(file)  # type: ignore[no-any-return]


def _bgr(image: ImageFile) -> Frame:
    width, height = image.size
    frame = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        strip = image.crop((0, top, width, min(top + _STRIP, height))).convert("RGB")
        cv2.cvtColor(np.asarray(strip), cv2.COLOR_RGB2BGR, dst=frame[top : top + _STRIP])
    return frame


def _upright(frame: Frame, orientation: object) -> Frame:
    """Undo EXIF orientation: 2 mirrored, 3 upside down, 4 both; 5 to 8 the same of the transposed picture."""
    if orientation in (5, 6, 7, 8):
        frame = np.ascontiguousarray(frame.swapaxes(0, 1))
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)  # type: ignore[call-overload]
    return frame if flip is None else cv2.flip(frame, flip)  # type: ignore[return-value]
