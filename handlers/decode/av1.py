"""An AVIF's bytes -> how many pixels its coded frames fill, which may be more than its boxes declare.

A frame is decoded at the size that its sequence header says, and only then scaled to the one declared. An
`av1C` box repeats that header, but decoders do not look at it there. Sections: the AV1 specification's.
"""

from __future__ import annotations

from collections.abc import Iterator

from handlers.decode.boxes import coded
from handlers.decode.formats import INCOMPLETE
from handlers.errors import BadRequest

_MAX_UNITS = 20_000  # OBUs: a still picture has about three, a grid of a thousand tiles as many thousand
_SEQUENCE_HEADER = 1


def pixels(data: bytes) -> int:
    """The largest frame that any item, or the first sample of any track, may have.

    Raises BadRequest where no sequence header is found, and IndexError or struct.error of a broken file.
    """
    count, area = 0, 0
    for stream in coded(data):
        for unit, payload in _units(stream):
            count += 1
            if count > _MAX_UNITS:
                raise BadRequest(INCOMPLETE)
            if unit == _SEQUENCE_HEADER:
                area = max(area, _frame(payload))
    if not area:
        raise BadRequest(INCOMPLETE)
    return area


def _units(data: bytes | memoryview) -> Iterator[tuple[int, bytes]]:
    """The OBUs' types, and what they begin with (5.3, 4.10.5)."""
    at = 0
    while at < len(data):
        first = data[at]
        at += 2 if first & 4 else 1
        length = len(data) - at
        if first & 2:
            length = 0
            for shift in range(0, 56, 7):
                byte = data[at]
                at += 1
                length |= (byte & 0x7F) << shift
                if byte < 0x80:
                    break
        yield first >> 3 & 15, bytes(data[at : at + min(length, 512)])
        at += length


class _Bits:
    """The bits of `data`, the highest first; IndexError beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise IndexError
        return self._value >> self._left & (1 << count) - 1


def _frame(header: bytes) -> int:
    """The largest frame that a sequence header allows (5.5.1)."""
    bits = _Bits(header)
    bits.read(4)  # profile, still_picture
    reduced = bits.read(1)
    if reduced:
        bits.read(5)
    else:
        _skip_operating_points(bits)
    wide, high = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(wide) + 1, bits.read(high) + 1
    # A frame that is not a still picture's may bring a size of its own of as many bits, and dav1d does not
    # hold it against the largest.
    return width * height if reduced else 1 << wide + high


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.read(1):  # timing_info
        bits.read(64)
        if bits.read(1):
            _skip_uvlc(bits)
        if bits.read(1):  # decoder_model_info
            delay_bits = bits.read(5) + 1
            bits.read(42)
    display_delay = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:
            bits.read(1)  # tier
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if display_delay and bits.read(1):
            bits.read(4)


def _skip_uvlc(bits: _Bits) -> None:
    zeros = 0
    while not bits.read(1):
        zeros += 1
    bits.read(zeros)
