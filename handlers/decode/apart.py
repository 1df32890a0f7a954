"""A picture's bytes -> its frame, decoded by a library in a process of its own: limits hold there, and a
crash ends nothing else.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Literal, cast

import numpy as np

from model_cache.prediction import Frame

_PROGRAM = Path(__file__).with_name("program.py")
_WALL = 4  # times as long as its processor time, on a busy or a fraction of a core


@dataclass(frozen=True)
class Allowance:
    """What a library may take: seconds of processor time, and bytes of addresses, the interpreter's own (0.3 GB)
    within; for any picture, and for the largest area that it may have.
    """

    seconds: float
    seconds_per_megapixel: float
    nbytes: int
    bytes_per_pixel: int


def decode_apart(library: Literal["libraw", "openjpeg"], data: bytes, area: int, allowance: Allowance) -> Frame | None:
    """The picture, (h, w, 3), BGR, of `area` pixels at most; None where there is none within what is allowed."""
    seconds = round(allowance.seconds + allowance.seconds_per_megapixel * area / 1e6)
    memory = allowance.nbytes + allowance.bytes_per_pixel * area + 2 * len(data)
    command = [sys.executable, "-P", str(_PROGRAM), library, str(area), str(seconds), str(memory)]
    # Its environment holds none of the server's secrets.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
    try:
        with subprocess.Popen(  # noqa: S603 - its arguments are a name and numbers
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
    except BrokenPipeError:
        return None


def _exchange(there: IO[bytes], back: io.BufferedReader, data: bytes, area: int) -> Frame | None:
    there.write(data)
    there.close()
    lengths = np.frombuffer(back.read(8), "<u4").tolist()
    if len(lengths) != 2 or not 0 < lengths[0] * lengths[1] <= area:
        return None
    frame = np.empty((*lengths, 3), np.uint8)
    return frame if back.readinto(frame.data) == frame.nbytes else None
