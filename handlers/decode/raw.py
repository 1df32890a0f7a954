"""A DNG's bytes -> the picture developed from its sensor's mosaic, by LibRaw in a process of its own.

LibRaw would turn an 11 kB file that announces a JPEG of 65,535 x 65,535 over for minutes, and other files
cost it 2 GB.
"""

from __future__ import annotations

from importlib.util import find_spec

from handlers.decode.apart import Allowance, decode_apart
from handlers.errors import BadRequest
from model_cache.prediction import Frame

_MISSING = "DNG pictures without a preview need the package rawpy, which is not installed here; send a JPEG of it."
_DAMAGED = "The DNG cannot be developed."
# Measured on one core: 0.1 s and 13 bytes a pixel, the file within; 0.2 GB hold Python and its libraries.
_ALLOWANCE = Allowance(3, 0.4, 400_000_000, 20)


def develop(data: bytes, area: int) -> Frame:
    """The picture, (h, w, 3), BGR, sRGB with the camera's white balance, upright; of `area` pixels at most.

    Raises BadRequest where LibRaw finds no picture, a larger one, or does not come to an end.
    """
    if find_spec("rawpy") is None:
        raise BadRequest(_MISSING)
    frame = decode_apart("libraw", data, area, _ALLOWANCE)
    if frame is None:
        raise BadRequest(_DAMAGED)
    return frame
