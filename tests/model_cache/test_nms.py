from __future__ import annotations

import numpy as np
import pytest

from model_cache import nms
from model_cache.prediction import Floats, Ints


def greedy(boxes: Floats, scores: Floats, groups: Ints, iou: float, most: int) -> list[int]:
    """The definition, one pair after the other."""
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable").tolist():
        if all(groups[i] != groups[j] or overlap(boxes[i], boxes[j]) <= iou for j in kept):
            kept.append(i)
    return kept[:most]


def overlap(one: Floats, other: Floats) -> float:
    x1, y1 = np.maximum(one[:2], other[:2])
    x2, y2 = np.minimum(one[2:], other[2:])
    inner = max(x2 - x1, 0) * max(y2 - y1, 0)
    union = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - inner
    return float(inner / union) if union else 0.0


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 300])
@pytest.mark.parametrize("iou", [0.0, 0.45, 0.7, 1.0])
def test_as_one_pair_after_the_other(count: int, iou: float) -> None:
    random = np.random.default_rng(count)
    centre, size = random.random((count, 2)) * 200, random.random((count, 2)) * 100 - 5  # some corners are swapped
    boxes = np.concatenate([centre - size / 2, centre + size / 2], 1).astype(np.float32)
    scores = random.random(count).round(2).astype(np.float32)  # some are equal
    groups = random.integers(0, 3, count)
    for most in (300, 7):
        assert nms.suppress(boxes, scores, groups, iou, most).tolist() == greedy(boxes, scores, groups, iou, most)
