"""Two answers to the same pictures held against each other. In: Answers in pairs. Out: figures, and whether they do.

Theirs is what should be said: ultralytics' own prediction of the checkpoint. A detection of theirs is found when one
of ours, of the same class, covers it by more than half. Both are asked a little below the least confidence, so that
one that stands just on it is not missed for a rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_cache.prediction import Floats, Frame
from model_cache.publish.answer import Answer, Answering

CONF = 0.1  # low, so that doubtful detections are compared as well
MARGIN = 0.01
_FOUND = 0.5
_OVERLAPS = np.arange(0.5, 1.0, 0.05)  # those that mAP50-95 is averaged over


@dataclass
class Comparison:
    """expected: detections of theirs; found: those that we have; extra: ours that they have not.

    box, point: pixels; confidence: of detections, key points and classes: the greatest difference of any, and the
    mean of those of boxes and of confidences. overlap: the least IoU of two masks.
    """

    pictures: int = 0
    expected: int = 0
    found: int = 0
    extra: int = 0
    box: float = 0.0
    box_mean: float = 0.0
    confidence: float = 0.0
    confidence_mean: float = 0.0
    point: float = 0.0
    overlap: float = 1.0
    agreement: float = 1.0

    def __post_init__(self) -> None:
        self._hits = np.zeros(len(_OVERLAPS))
        self._said = 0
        self._pairs = 0

    def add(self, ours: Answer, theirs: Answer, conf: float = CONF) -> None:
        """One picture more; both answers of at least `conf` less the margin."""
        self.pictures += 1
        if theirs.probabilities is not None and ours.probabilities is not None:
            same = ours.probabilities.argmax() == theirs.probabilities.argmax()
            self._count(1, int(same), int(not same), np.full(int(same), 1.0))
            self._confidences(ours.probabilities, theirs.probabilities)
            return
        pairs, covered = _paired(ours, theirs)
        wanted = theirs.confidences[pairs[:, 1]] >= conf
        taken = set(pairs[:, 0].tolist())
        extra = sum(i not in taken for i in np.flatnonzero(ours.confidences >= conf))
        self._count(int((theirs.confidences >= conf).sum()), int(wanted.sum()), extra, covered[wanted])
        pairs = pairs[wanted]
        if len(pairs):
            self._differences(ours, theirs, pairs)

    def _count(self, expected: int, found: int, extra: int, covered: NDArray[np.float64]) -> None:
        self.expected += expected
        self.found += found
        self.extra += extra
        self._said += found + extra
        # A hair's breadth, for two boxes that are the same overlap by 0.9999999.
        self._hits += (covered[:, None] > _OVERLAPS - 1e-6).sum(0)
        total = self.expected + self._said
        self.agreement = float((2 * self._hits / total).mean()) if total else 1.0

    def _differences(self, ours: Answer, theirs: Answer, pairs: NDArray[np.int64]) -> None:
        mine, other = pairs[:, 0], pairs[:, 1]
        if ours.corners is not None and theirs.corners is not None:
            apart = _turned(ours.corners[mine], theirs.corners[other])
        else:
            apart = np.abs(ours.boxes[mine] - theirs.boxes[other]).max(1)
        seen = self._pairs + len(pairs)
        self.box = max(self.box, float(apart.max()))
        self.box_mean += (float(apart.sum()) - len(pairs) * self.box_mean) / seen
        self._confidences(ours.confidences[mine], theirs.confidences[other])
        if ours.points is not None and theirs.points is not None:
            points = np.abs(ours.points[mine] - theirs.points[other])
            self.point = max(self.point, float(points[..., :2].max()))
            self.confidence = max(self.confidence, float(points[..., 2:].max(initial=0)))
        if ours.masks is not None and theirs.masks is not None:
            for i, j in pairs:
                both, either = ours.masks[i] & theirs.masks[j], ours.masks[i] | theirs.masks[j]
                self.overlap = min(self.overlap, float(both.sum() / max(either.sum(), 1)))

    def _confidences(self, ours: Floats, theirs: Floats) -> None:
        apart = np.abs(ours - theirs)
        seen = self._pairs + len(apart)
        self.confidence = max(self.confidence, float(apart.max()))
        self.confidence_mean += (float(apart.sum()) - len(apart) * self.confidence_mean) / seen
        self._pairs = seen


def compare(ours: Answering, theirs: Answering, frames: Iterable[Frame], conf: float = CONF) -> Comparison:
    """Both asked about each picture."""
    compared = Comparison()
    for frame in frames:
        compared.add(ours(frame, conf - MARGIN), theirs(frame, conf - MARGIN), conf)
    return compared


def _paired(ours: Answer, theirs: Answer) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs (n, 2) of ours and theirs, those that overlap most first, each once; and by how much they do."""
    covered = _overlaps(ours.boxes, theirs.boxes)
    covered[ours.classes[:, None] != theirs.classes[None]] = 0
    pairs, by = [], []
    for flat in np.argsort(-covered, axis=None, kind="stable"):
        i, j = divmod(int(flat), covered.shape[1])
        if covered[i, j] <= _FOUND:
            break
        pairs.append((i, j))
        by.append(covered[i, j])
        covered[i, :] = covered[:, j] = 0
    return np.array(pairs, np.int64).reshape(-1, 2), np.array(by, np.float64)


def _overlaps(ours: Floats, theirs: Floats) -> NDArray[np.float64]:
    """IoU of all boxes with all, (n, m)."""
    a, b = ours.astype(np.float64)[:, None], theirs.astype(np.float64)[None]
    sides = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).clip(0)
    common = sides.prod(-1)
    areas = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    return np.asarray(common / np.maximum(areas - common, 1e-9))


def _turned(ours: Floats, theirs: Floats) -> Floats:
    """How far the corners of oriented boxes lie apart, (n,): the corner that a square begins with means nothing."""
    apart = [np.abs(np.roll(ours, turn, 1) - theirs).max((1, 2)) for turn in range(4)]
    return np.asarray(np.min(apart, 0), np.float32)
