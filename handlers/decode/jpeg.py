"""A JPEG's bytes -> its pixels and its end, from its markers; and whether its picture is there to the end."""

from __future__ import annotations

import re
import struct

import numpy as np

from handlers.decode.formats import INCOMPLETE
from handlers.errors import BadRequest, TooLarge
from model_cache.prediction import Frame

_MAX_SCANS = 100  # a 109 kB progressive JPEG of 1,500 scans takes half a minute; no ordinary one has over 10
_MAX_SEGMENTS = 100_000  # a hundred megabytes of empty segments would take seconds to walk through
# Stuffed zeros, restarts and padding stand inside a scan; any other code begins a segment.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# What a decoder makes of blocks that are not there: the middle of the range, and of CMYK about its square.
_FILLED = (128, 65)
_MORE = np.random.default_rng(0).integers(0, 255, 512, np.uint8).tobytes()  # no 255, with which a marker begins


def walk(data: bytes) -> tuple[int, int]:
    """Pixels, and where the end marker stands. Follows the markers as libjpeg does, past garbage.

    What follows the first picture (an MPO's others, a phone's motion clip) is not looked at. Raises BadRequest
    where there is no end, and struct.error.
    """
    at, scans, area = 2, 0, 0
    for _ in range(_MAX_SEGMENTS):
        marker = _MARKER.search(data, at)
        if marker is None:
            break
        code, at = data[marker.end() - 1], marker.end()
        if code == 0xD9:
            if not (area and scans):
                break
            return area, marker.start()
        if code == 0xD8:
            continue
        if code in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            area = max(area, height * width)
        elif code == 0xDA:
            scans += 1
            if scans > _MAX_SCANS:
                raise TooLarge(f"The JPEG has more than {_MAX_SCANS} scans.")
        at += int(struct.unpack_from(">H", data, at)[0])
    raise BadRequest(INCOMPLETE)


def looks_filled(frame: Frame) -> bool:
    """Whether the last pixels may be made up, as they are of a file that was cut and then given an end."""
    corners = frame[:: max(len(frame) - 1, 1), :: max(frame.shape[1] - 1, 1)].reshape(-1, 3)
    return any((corners == level).all(axis=1).any() for level in _FILLED)


def lengthened(data: bytes) -> bytes:
    """With more of something before its end: a decoder passes over it, unless it still lacked pixels."""
    _, end = walk(data)
    return data[:end] + _MORE + data[end:]
