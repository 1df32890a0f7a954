"""A mask -> COCO's compressed run lengths, as pycocotools' `encode` writes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def encode(bitmap: NDArray[np.uint8], shape: tuple[int, int] | None = None, left: int = 0, top: int = 0) -> str:
    """The text of `counts` for a mask of 0 and 1, which stands in a picture of this shape (height, width) at left, top.

    Runs go down the columns, from the left one on, and begin with zeros, of which there may be none. From
    the fourth on, a run is written as its difference to the one before the last; each number in groups of
    5 bits, the lowest first, the sixth bit saying that another follows (rleToString in cocoapi's
    common/maskApi.c).
    """
    height, width = shape or bitmap.shape
    changes = np.diff(np.pad(bitmap, ((1, 1), (0, 0))), axis=0).T
    columns, rows = np.nonzero(changes)
    places = (left + columns) * height + top + rows
    # A run that goes on from the foot of one column at the head of the next ends and begins at the same place.
    same = np.flatnonzero(np.diff(places) == 0)
    places = np.delete(places, np.concatenate([same, same + 1]))
    if not len(places) or places[-1] != height * width:
        places = np.append(places, height * width)
    counts = np.diff(places, prepend=0)
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
