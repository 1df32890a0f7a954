"""A picture's bytes -> its frame, decoded by a library in a process of its own: limits hold there, and a
crash ends nothing else.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import IO, Literal, cast

import numpy as np

from model_cache.prediction import Frame

_PROGRAM = Path(__file__).with_name("program.py")
_WALL = 4  # times as long as its processor time, on a busy or a fraction of a core


def decode_apart(
    library: Literal["libraw", "openjpeg"], data: bytes, area: int, *, seconds: int, memory: int
) -> Frame | None:
    """The picture, (h, w, 3), BGR, of `area` pixels at most; None where there is none within the limits.

    seconds: of processor time. memory: bytes of addresses, the interpreter's own (0.3 GB) within.
    """
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
