from __future__ import annotations

import cv2
import numpy as np
import pytest

from handlers import rle
from model_cache.letterbox import Letterbox
from model_cache.masks import Bitmap, Mask

RANDOM = np.random.default_rng(3)


def full(mask: Mask) -> Bitmap:
    """All of the frame, scaled in one piece."""
    box, (height, width) = mask.letterbox, mask.bitmap.shape
    whole = np.zeros(box.input, np.float32)
    whole[mask.top : mask.top + height, mask.left : mask.left + width] = mask.bitmap
    inner = whole[box.top : box.top + box.scaled[0], box.left : box.left + box.scaled[1]]
    scaled = cv2.resize(inner, box.frame[::-1], interpolation=cv2.INTER_LINEAR)
    return (scaled > 0.5).astype(np.uint8)


@pytest.mark.parametrize("frame", [(480, 640), (61, 87), (1000, 333), (37, 2000), (256, 256), (700, 20), (1, 1)])
@pytest.mark.parametrize("place", range(8))
def test_part_is_cut_out_of_the_whole(frame: tuple[int, int], place: int) -> None:
    box = Letterbox.fit(frame, (256, 256), 32)
    height, width = box.input
    top, left = int(RANDOM.integers(0, height)), int(RANDOM.integers(0, width))
    lower, right = (int(RANDOM.integers(*edge)) for edge in ((top, height + 1), (left, width + 1)))
    if place == 0:
        top, left, lower, right = 0, 0, height, width
    bitmap = RANDOM.integers(0, 2, (lower - top, right - left), np.uint8)
    if place < 4:
        bitmap[:] = 1
    mask = Mask(bitmap, left, top, box)
    assert np.array_equal(mask.bitmap, bitmap)
    whole = full(mask)
    left, top, right, lower = mask.area()
    outside = whole.copy()
    outside[top:lower, left:right] = 0
    assert not outside.any()
    part = mask.part()
    # A pixel at the very middle between two may fall to either side.
    assert (part != whole[top:lower, left:right]).mean() < 0.001 if part.size else True
    pasted = np.zeros_like(whole)
    pasted[top:lower, left:right] = part
    assert rle.encode(part, frame, left, top) == rle.encode(pasted)
