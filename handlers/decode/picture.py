"""A picture's bytes -> its frame, whatever format it is in.

    JPEG, PNG, WebP, BMP                 header checked, then OpenCV in this process
    HEIC, AVIF, TIFF, JPEG 2000, DNG     a worker of the sandbox: no header tells what their decoders will take

The pixels are those that ultralytics reads of the same file. What is done for a format is said where it is done, and
what decoders do of their own accord: OpenCV turns JPEG, PNG and WebP upright, LibRaw and libheif what they decode.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np

from handlers.decode import headers
from handlers.decode.formats import INCOMPLETE, Format, sniff
from handlers.decode.jpeg import lengthened, looks_filled, walk
from handlers.errors import BadRequest, TooLarge
from handlers.sandbox.memory import frame_of, shared
from handlers.sandbox.pool import WorkerFailed, pool
from model_cache.prediction import Frame

# What is wrong with a caller's file is the caller's to know; the log would fill with it.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_UNKNOWN = (
    "The file is not an image in a supported format (JPEG, PNG, WebP, AVIF, HEIC, JPEG 2000, TIFF, DNG, BMP or GIF)."
)
_DEAR = "The image takes too much time or memory to decode; send it smaller, or as a JPEG."
_DAMAGED = "The file is not a complete image, or takes more memory to decode than it may."
_MISSING = "This kind of image needs a package that is not installed here; send a JPEG of it."
_TWICE = 3  # times what one decoding may cost by its scans, for two and their pixels
# Processor time in the sandbox. Measured on one core for a megapixel: JPEG 2000 0.05 s, HEIC 0.04, DNG 0.1.
_SECONDS, _SECONDS_PER_MEGAPIXEL = 1.5, 0.06


def decode(data: bytes, *, max_pixels: int, upright: bool = True) -> Frame:
    """The picture in `data`, (h, w, 3), as a person would hold it. Of several pictures the first.

    upright: whether what EXIF says of the camera's orientation is heeded. TIFF, DNG and HEIC are upright in any case:
    their libraries see to that.
    Raises BadRequest (no picture, an unknown format, or one that is not whole) and TooLarge.
    """
    kind = sniff(data)
    if kind in ("JPEG", "PNG", "WebP", "BMP"):
        area, data = headers.read(data, kind)
        _limit(area, max_pixels)
        return _of_jpeg(data, max_pixels, upright) if kind == "JPEG" else _with_opencv(data, upright)
    if kind is None or kind == "GIF":  # whose frames are a video's
        raise BadRequest(_UNKNOWN)
    return _in_sandbox(data, kind, max_pixels, upright)


def _limit(area: int, max_pixels: int) -> None:
    if area > max_pixels:
        raise TooLarge(f"The image is larger than {max_pixels / 1e6:g} megapixels, or costs as much to decode.")
    if not area:
        raise BadRequest(INCOMPLETE)


def _with_opencv(data: bytes, upright: bool) -> Frame:
    try:
        as_stored = 0 if upright else cv2.IMREAD_IGNORE_ORIENTATION
        frame = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | as_stored)
    except cv2.error:
        frame = None
    if frame is None:
        raise BadRequest(INCOMPLETE)
    return frame  # type: ignore[return-value]


def _of_jpeg(data: bytes, max_pixels: int, upright: bool) -> Frame:
    frame = _with_opencv(data, upright)
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
    frame = _with_opencv(lengthened(data, found.end), upright)
    if zlib.crc32(frame.data) != before:
        raise BadRequest(INCOMPLETE)
    return frame


def _in_sandbox(data: bytes, kind: Format, max_pixels: int, upright: bool) -> Frame:
    message = {"picture": kind, "max_pixels": max_pixels}
    seconds = _SECONDS + _SECONDS_PER_MEGAPIXEL * max_pixels / 1e6
    with pool(max_pixels).lease() as worker, shared(len(data), data) as file, shared(3 * max_pixels) as pixels:
        try:
            answer = worker.ask(message, seconds, file, pixels)
        except WorkerFailed as failure:
            raise (TooLarge(_DEAR) if failure.exhausted else BadRequest(_DAMAGED)) from None
        match answer.get("error"):
            case None:
                return _upright(frame_of(pixels, *answer["shape"]), answer.get("orientation") if upright else None)
            case "large":
                _limit(max_pixels + 1, max_pixels)
            case "dear":
                raise TooLarge(_DEAR)
            case "missing":
                raise BadRequest(_MISSING)
        raise BadRequest(_DAMAGED)


def _upright(frame: Frame, orientation: object) -> Frame:
    """Undo EXIF orientation: 2 mirrored, 3 upside down, 4 both; 5 to 8 the same of the transposed picture."""
    if orientation in (5, 6, 7, 8):
        frame = np.ascontiguousarray(frame.swapaxes(0, 1))
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)  # type: ignore[call-overload]
    return frame if flip is None else cv2.flip(frame, flip)  # type: ignore[return-value]
