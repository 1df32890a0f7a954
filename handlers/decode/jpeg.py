"""A JPEG's bytes -> what decoding it costs, and its end, from its markers; and whether its picture is there to the
end.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

import numpy as np

from handlers.decode.formats import INCOMPLETE
from handlers.errors import BadRequest, TooLarge
from model_cache.prediction import Frame

_MAX_SCANS = 100  # a 109 kB progressive JPEG of 1,500 scans takes half a minute; no ordinary one has over 20
_MAX_SEGMENTS = 100_000  # a hundred megabytes of empty segments would take seconds to walk through
# Measured on one core: of several scans a coded byte takes 35 ns and a sample passed over 0.3 ns; a pixel, whatever
# its scans, 25 ns. A progressive picture of 50 megapixels passes over 0.4 to 1.2 billion samples, in 10 to 50 MB.
_SAMPLES_PER_BYTE = 100
_SAMPLES_PER_PIXEL = 120
_ARITHMETIC_SAMPLES_PER_PIXEL = 2  # for 20 ns a sample, however few the bytes
# Stuffed zeros, restarts and padding stand inside a scan; any other code begins a segment.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
# What a decoder makes of blocks that are not there: the middle of the range, and of CMYK about its square.
_FILLED = (128, 65)
_MORE = np.random.default_rng(0).integers(0, 255, 512, np.uint8).tobytes()  # no 255, with which a marker begins


@dataclass
class Walk:
    """What stands before the end marker, which is at `end`.

    fillable: whether the last scan is one whose missing blocks a decoder fills with grey. A progressive picture's
    later scans only refine what is there.
    """

    area: int = 0
    end: int = 0
    scans: int = 0
    samples: int = 0  # passed over by all scans
    fillable: bool = True
    progressive: bool = False
    arithmetic: bool = False
    components: dict[int, int] = field(default_factory=dict)  # their samples
    exif: int = 0  # bytes of EXIF, of all segments

    @property
    def work(self) -> int:
        """What scans and codes cost, in pixels; little of an ordinary picture."""
        if self.arithmetic:
            return self.samples // _ARITHMETIC_SAMPLES_PER_PIXEL
        coded = self.samples + _SAMPLES_PER_BYTE * self.end
        return coded // _SAMPLES_PER_PIXEL if self.scans > 1 else 0

    @property
    def pixels(self) -> int:
        """The picture's, or those of a larger one that costs as much."""
        return max(self.area, self.work)

    def frame(self, code: int, data: bytes, at: int) -> None:
        height, width, count = struct.unpack_from(">HHB", data, at + 3)
        self.area = max(self.area, height * width)
        self.progressive, self.arithmetic = code in _PROGRESSIVE, self.arithmetic or code > 0xC8
        parts = [(data[place], data[place + 1]) for place in range(at + 8, at + 8 + 3 * count, 3)]
        whole = max((factors >> 4 for _, factors in parts), default=0) * max((f & 15 for _, f in parts), default=0)
        for name, factors in parts:
            samples = height * width * (factors >> 4) * (factors & 15) // max(whole, 1)
            self.components[name] = max(samples, self.components.get(name, 0))

    def scan(self, data: bytes, at: int) -> None:
        self.scans += 1
        if self.scans > _MAX_SCANS:
            raise TooLarge(f"The JPEG has more than {_MAX_SCANS} scans.")
        count = data[at + 2]
        names = data[at + 3 : at + 3 + 2 * count : 2]
        self.samples += sum(self.components.get(name, self.area) for name in names)
        first, _, bits = struct.unpack_from("3B", data, at + 3 + 2 * count)
        self.fillable = not self.progressive or (first == 0 and bits < 0x10)  # the first of its levels


def walk(data: bytes) -> Walk:
    """Follows the markers as libjpeg does, past garbage.

    What follows the first picture (an MPO's others, a phone's motion clip) is not looked at. Raises BadRequest
    where there is no end, TooLarge, and struct.error or IndexError.
    """
    found, at = Walk(), 2
    for _ in range(_MAX_SEGMENTS):
        marker = _MARKER.search(data, at)
        if marker is None:
            break
        code, at = data[marker.end() - 1], marker.end()
        if code == 0xD9:
            if not (found.area and found.scans):
                break
            found.end = marker.start()
            return found
        if code == 0xD8:
            continue
        if code in _FRAMES:
            found.frame(code, data, at)
        elif code == 0xDA:
            found.scan(data, at)
        length = int(struct.unpack_from(">H", data, at)[0])
        if code == 0xE1 and data.startswith(b"Exif", at + 2):
            found.exif += length
        at += length
    raise BadRequest(INCOMPLETE)


def looks_filled(frame: Frame) -> bool:
    """Whether the last pixels may be made up, as they are of a file that was cut and then given an end."""
    corners = frame[:: max(len(frame) - 1, 1), :: max(frame.shape[1] - 1, 1)].reshape(-1, 3)
    return any((corners == level).all(axis=1).any() for level in _FILLED)


def lengthened(data: bytes, end: int) -> bytes:
    """With more of something before its end: a decoder passes over it, unless it still lacked pixels."""
    return data[:end] + _MORE + data[end:]
