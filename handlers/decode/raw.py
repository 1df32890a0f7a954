"""A DNG's bytes -> the picture developed from its sensor's mosaic, by LibRaw in a process of its own.

LibRaw would turn an 11 kB file that announces a JPEG of 65,535 x 65,535 over for minutes, and other files
cost it 2 GB: there a limit of time and of memory holds, and a crash ends nothing else.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import IO, cast

import numpy as np

from handlers.errors import BadRequest
from model_cache.prediction import Frame

_MISSING = "DNG pictures without a preview need the package rawpy, which is not installed here; send a JPEG of it."
_DAMAGED = "The DNG cannot be developed."
_PROGRAM = Path(__file__).with_name("libraw.py")
# Measured on one core: 0.1 s and 13 bytes a pixel, the file within; 0.2 GB hold Python and its libraries.
_SECONDS, _SECONDS_PER_MEGAPIXEL = 3, 0.4
_BYTES, _BYTES_PER_PIXEL = 400_000_000, 20
_WALL = 4  # times as long, on a busy or a fraction of a core


def develop(data: bytes, area: int) -> Frame:
    """The picture, (h, w, 3), BGR, sRGB with the camera's white balance, upright; of `area` pixels at most.

    Raises BadRequest where LibRaw finds no picture, a larger one, or does not come to an end.
    """
    if find_spec("rawpy") is None:
        raise BadRequest(_MISSING)
    seconds = round(_SECONDS + _SECONDS_PER_MEGAPIXEL * area / 1e6)
    memory = _BYTES + _BYTES_PER_PIXEL * area + 2 * len(data)
    command = [sys.executable, "-P", str(_PROGRAM), str(area), str(seconds), str(memory)]
    # Its environment holds none of the server's secrets.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
    try:
        with subprocess.Popen(  # noqa: S603 - its arguments are numbers
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment | {"OPENBLAS_NUM_THREADS": "1"},
        ) as process:
            end = Timer(_WALL * seconds, process.kill)
            end.start()
            try:
                return _exchange(cast(IO[bytes], process.stdin), cast(io.BufferedReader, process.stdout), data, area)
            finally:
                end.cancel()
                process.kill()
    except BrokenPipeError as error:
        raise BadRequest(_DAMAGED) from error


def _exchange(there: IO[bytes], back: io.BufferedReader, data: bytes, area: int) -> Frame:
    there.write(data)
    there.close()
    lengths = np.frombuffer(back.read(8), "<u4").tolist()
    if len(lengths) != 2 or not 0 < lengths[0] * lengths[1] <= area:
        raise BadRequest(_DAMAGED)
    frame = np.empty((*lengths, 3), np.uint8)
    if back.readinto(frame.data) != frame.nbytes:
        raise BadRequest(_DAMAGED)
    return frame
