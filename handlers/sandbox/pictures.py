"""Decoders of pictures that run in a worker: HEIC, AVIF, TIFF, JPEG 2000 and DNG."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from handlers.sandbox import dng, limits
from handlers.sandbox.limits import Refusal

if TYPE_CHECKING:
    from PIL.Image import Image

_STRIP = 256  # rows converted at once, so that a large picture is not held a third time
_ORIENTATION = 0x0112
_DNG_SECONDS = 13  # a mosaic takes three times as long as other pictures
_SRGB_CURVE = (2.4, 12.92)

# The shape of what was written, and, where the library does not turn it upright, EXIF's orientation.
Answer = dict[str, Any]
Decoder = Callable[[bytes, int, int], Answer]


def decoder(kind: str, data: bytes) -> Decoder:
    """What decodes a format: `decode(data, pixels, max_pixels)`. Its libraries are imported then.

    pixels: a descriptor, to which the frame is written, BGR, row by row.
    Raises Refusal("missing") where a package is not installed.
    """
    if kind == "TIFF" and dng.is_dng(data):
        kind = "DNG"
    libraries, decode = _DECODERS[kind]
    for library in libraries:
        try:
            import_module(library)
        except ImportError:
            if library != "rawpy":  # which a DNG with a preview can do without
                raise Refusal("missing") from None
    return decode


def _heic(data: bytes, pixels: int, max_pixels: int) -> Answer:
    """libheif turns the picture itself."""
    from pi_heif import HeifImageFile, open_heif

    picture = open_heif(io.BytesIO(data), bgr_mode=True)
    width, height = picture.size
    _limit(width * height, max_pixels)
    if picture.mode != "BGR" or picture.stride != 3 * width:  # grey, or with alpha
        return _by_pillow(HeifImageFile(io.BytesIO(data)), pixels, max_pixels)
    os.pwrite(pixels, picture.data, 0)
    return {"shape": (height, width)}


def _avif(data: bytes, pixels: int, max_pixels: int) -> Answer:
    from PIL.AvifImagePlugin import AvifImageFile

    image = AvifImageFile(io.BytesIO(data))
    answer = _by_pillow(image, pixels, max_pixels)
    return answer | {"orientation": image.getexif().get(_ORIENTATION)}


def _by_pillow(image: Image, pixels: int, max_pixels: int) -> Answer:
    width, height = image.size
    _limit(width * height, max_pixels)
    image.load()
    at = 0
    for top in range(0, height, _STRIP):
        strip = image.crop((0, top, width, min(top + _STRIP, height))).convert("RGB")
        at += os.pwrite(pixels, strip.tobytes("raw", "BGR"), at)
    return {"shape": (height, width)}


def _tiff(data: bytes, pixels: int, max_pixels: int) -> Answer:
    """OpenCV turns it upright. 16 bits are shifted down as ultralytics does it: OpenCV's own way to 8 bits is off by
    one now and then.
    """
    import cv2
    import numpy as np

    frame = _by_opencv(data, max_pixels, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if frame is not None and frame.dtype == np.uint16:
        low = 0 if sys.byteorder == "big" else 1  # a picture shifted as a whole would be held three times
        frame = np.ascontiguousarray(frame.view(np.uint8).reshape(*frame.shape, 2)[..., low])
    return _written(frame, pixels)


def _jpeg2000(data: bytes, pixels: int, max_pixels: int) -> Answer:
    import cv2

    return _written(_by_opencv(data, max_pixels, cv2.IMREAD_COLOR), pixels)


def _dng(data: bytes, pixels: int, max_pixels: int) -> Answer:
    """The preview, where OpenCV can read one; else the developed mosaic."""
    import cv2

    frame = _by_opencv(data, max_pixels, cv2.IMREAD_COLOR)
    return _written(_developed(data, max_pixels) if frame is None else frame, pixels)


def _developed(data: bytes, max_pixels: int) -> Any:
    """sRGB with the camera's white balance, upright."""
    import numpy as np

    if "rawpy" not in sys.modules:
        raise Refusal("missing")
    import rawpy

    dng.check(data)
    limits.allow(_DNG_SECONDS)
    with rawpy.RawPy() as raw:
        raw.open_buffer(io.BytesIO(data))
        _limit(raw.sizes.raw_height * raw.sizes.raw_width, max_pixels)
        raw.unpack()
        # PPG takes half of AHD's time. Upright by default.
        picture = raw.postprocess(
            demosaic_algorithm=rawpy.DemosaicAlgorithm.PPG,
            use_camera_wb=True,
            no_auto_bright=True,
            gamma=_SRGB_CURVE,
            output_color=rawpy.ColorSpace.sRGB,
            output_bps=8,
        )
    if picture.shape[2] == 1:
        picture = np.repeat(picture, 3, axis=2)  # a camera without colours
    return np.ascontiguousarray(picture[..., ::-1])


def _by_opencv(data: bytes, max_pixels: int, flags: int) -> Any:
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        # pool.py gives OpenCV this limit.
        raise Refusal("large" if "CV_IO_MAX_IMAGE" in error.err else "damaged") from None


def _written(frame: Any, pixels: int) -> Answer:
    if frame is None or frame.dtype.itemsize != 1 or frame.shape[2:] != (3,):
        raise Refusal("damaged")
    os.pwrite(pixels, frame.data, 0)
    return {"shape": frame.shape[:2]}


def _limit(area: int, max_pixels: int) -> None:
    if area > max_pixels:
        raise Refusal("large")


# Format -> the packages that it takes, and what decodes it.
_DECODERS: dict[str, tuple[tuple[str, ...], Decoder]] = {
    "HEIC": (("pi_heif",), _heic),
    "AVIF": (("PIL.AvifImagePlugin",), _avif),
    "TIFF": (("cv2",), _tiff),
    "JPEG 2000": (("cv2",), _jpeg2000),
    "DNG": (("cv2", "rawpy"), _dng),
}
