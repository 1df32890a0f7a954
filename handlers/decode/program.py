"""A program: a file on standard input -> two lengths and as many pixels on standard output (see apart.py).

    python program.py LIBRARY PIXELS SECONDS BYTES

Nothing is written of a file that cannot be decoded. A picture of more than PIXELS is not begun, and
SECONDS of processor time or BYTES of memory end the process. Imports nothing of this project.
"""

from __future__ import annotations

import contextlib
import io
import resource
import struct
import sys
from typing import Any

HEAD = struct.Struct("<II")  # height, width
_SRGB_CURVE = (2.4, 12.92)


def main(library: str, pixels: int, seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    picture = {"libraw": _libraw, "openjpeg": _openjpeg}[library](sys.stdin.buffer.read(), pixels)
    if picture is not None:
        sys.stdout.buffer.write(HEAD.pack(*picture.shape[:2]))
        sys.stdout.buffer.write(picture.data)


def _libraw(data: bytes, pixels: int) -> Any:
    import numpy as np
    import rawpy

    with rawpy.RawPy() as raw:
        raw.open_buffer(io.BytesIO(data))
        # LibRaw knows more ways to say a size than the directories that tiff.py has looked at.
        if raw.sizes.raw_height * raw.sizes.raw_width > pixels:
            return None
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


def _openjpeg(data: bytes, _: int) -> Any:
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
