"""A mask -> COCO's compressed run lengths, as pycocotools' `encode` writes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def encode(bitmap: NDArray[np.uint8]) -> str:
    """The text of `counts` for a mask (height, width) of 0 and 1.

    Runs go down the columns, from the left one on, and begin with zeros, of which there may be none. From
    the fourth on, a run is written as its difference to the one before the last; each number in groups of
    5 bits, the lowest first, the sixth bit saying that another follows (rleToString in cocoapi's
    common/maskApi.c).
    """
    column = bitmap.ravel(order="F")
    ends = np.flatnonzero(np.diff(column)) + 1
    starts = [0] if len(column) and column[0] else []
    counts = np.diff([0, *starts, *ends.tolist(), len(column)])
    counts[3:] -= counts[1:-2].copy()
    return "".join(map(_number, counts.tolist()))


def _number(value: int) -> str:
    text = ""
    while True:
        group, value = value & 31, value >> 5
        # The fifth bit is the sign: a number ends where only that would follow.
        more = value != (-1 if group & 16 else 0)
        text += chr(48 + group + (32 if more else 0))
        if not more:
            return text
