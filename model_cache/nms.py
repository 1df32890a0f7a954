"""Non-maximum suppression: of boxes that overlap too much, the most confident stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_cache.prediction import Floats, Ints

_BEST = 64  # boxes compared at once with all the others: a few megabytes for 30,000 of them
_BLOCK = 256  # rows and columns of the overlap matrix held at once


def suppress(boxes: Floats, scores: Floats, groups: Ints, iou: float, most: int) -> Ints:
    """Greedy suppression of upright boxes; only boxes of one group suppress each other.

    boxes: (n, 4) x1 y1 x2 y2. Returns the indices that stay, at most `most`, best score first.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, groups = boxes[order], groups[order]
    left = np.arange(len(order))
    kept: list[int] = []
    while len(left) and len(kept) < most:
        # The best of what is left settle among themselves, one after the other; those that stay then suppress
        # the rest in one go, since nothing of the rest can suppress them.
        best, left = left[:_BEST], left[_BEST:]
        near = _near(boxes, groups, best, best, iou)
        stays = np.ones(len(best), bool)
        for i in range(len(best)):
            if stays[i]:
                stays[i + 1 :] &= ~near[i, i + 1 :]
        best = best[stays]
        kept += best.tolist()
        if len(left):
            left = left[~_near(boxes, groups, best, left, iou).any(0)]
    return order[kept[:most]].astype(np.int64)


def _near(boxes: Floats, groups: Ints, first: Ints, second: Ints, iou: float) -> NDArray[np.bool_]:
    """Whether two boxes, (n, m), are of one group and overlap by more than `iou`."""
    one, other = boxes[first].T[:, :, None], boxes[second].T[:, None]
    wide = (np.minimum(one[2], other[2]) - np.maximum(one[0], other[0])).clip(0)
    high = (np.minimum(one[3], other[3]) - np.maximum(one[1], other[1])).clip(0)
    inner = wide * high
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    # A product instead of a quotient: two boxes without area do not divide zero by zero. One whose corners are
    # swapped, as a poorly trained network answers them, has less area than none and overlaps with nothing.
    near: NDArray[np.bool_] = (inner > iou * (areas - inner)) & (inner > 0)
    near &= groups[first][:, None] == groups[second]
    return near


def suppress_oriented(boxes: Floats, scores: Floats, groups: Ints, iou: float, most: int) -> Ints:
    """Fast NMS of oriented boxes by their probabilistic IoU, as ultralytics does it for this task.

    boxes: (n, 5) centre x y, width, height, angle in radians. Unlike in `suppress`, a box that is
    itself suppressed suppresses others as well (Bolya et al. 2019, YOLACT, section 3.4).
    """
    order = np.argsort(-scores, kind="stable")
    boxes, groups = boxes[order], groups[order]
    kept: list[int] = []
    for start in range(0, len(order), _BLOCK):
        left = np.arange(start, min(start + _BLOCK, len(order)))
        for first in range(0, start + 1, _BLOCK):
            rows = np.arange(first, min(first + _BLOCK, len(order)))
            overlap = probabilistic_iou(boxes[rows], boxes[left]) > iou
            overlap &= groups[rows, None] == groups[None, left]
            left = left[~(overlap & (rows[:, None] < left)).any(0)]
            if not len(left):  # of many boxes nearly all overlap one of the first
                break
        kept += left.tolist()
        if len(kept) >= most:
            break
    return order[kept[:most]].astype(np.int64)


def probabilistic_iou(first: Floats, second: Floats) -> Floats:
    """Overlap of oriented boxes taken as Gaussians: (n, 5) and (m, 5) to (n, m), 0 to 1.

    One less the Hellinger distance, from the Bhattacharyya distance of the two Gaussians
    (Llerena et al. 2021, arXiv 2106.06072, equations 4 to 7).
    """
    tiny = 1e-7
    xx1, yy1, xy1 = (part[:, None] for part in _covariance(first))
    xx2, yy2, xy2 = (part[None] for part in _covariance(second))
    dx, dy = first[:, None, 0] - second[None, :, 0], first[:, None, 1] - second[None, :, 1]
    xx, yy, xy = xx1 + xx2, yy1 + yy2, xy1 + xy2
    determinant = xx * yy - xy**2
    apart = (xx * dy**2 + yy * dx**2 - 2 * xy * dx * dy) / (determinant + tiny) / 4
    own = (xx1 * yy1 - xy1**2).clip(0) * (xx2 * yy2 - xy2**2).clip(0)
    unlike = np.log(determinant / (4 * np.sqrt(own) + tiny) + tiny) / 2
    bhattacharyya = (apart + unlike).clip(tiny, 100)
    similar: NDArray[np.float32] = 1 - np.sqrt(1 - np.exp(-bhattacharyya) + tiny)
    return similar


def _covariance(boxes: Floats) -> tuple[Floats, Floats, Floats]:
    """The covariance xx, yy, xy of each box as a uniform density: a side's square over twelve."""
    along, across = np.square(boxes[:, 2:4].T) / np.float32(12)
    cos, sin = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    cos2, sin2 = np.square(cos), np.square(sin)
    return along * cos2 + across * sin2, along * sin2 + across * cos2, (along - across) * cos * sin
