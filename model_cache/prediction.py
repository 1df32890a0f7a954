"""What a model says of one picture. Numpy only: no engine and no dialect shows through.

All coordinates are pixels of the frame that was given to the model, x to the right and y down, with
the origin at the upper left corner of its first pixel. They are not rounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model_cache.tasks import TASKS, Task

if TYPE_CHECKING:
    from model_cache.masks import Mask

__all__ = ["TASKS", "Floats", "Frame", "Ints", "Options", "Prediction", "Speed", "Task"]

Frame = NDArray[np.uint8]  # (height, width, 3), BGR, upright
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Options:
    """How to predict, apart from the picture. None leaves the choice to the model.

    conf: a detection is kept when its confidence is above this, 0 to 1.
    iou: of two boxes of a class that overlap more than this, the less confident is dropped, 0 to 1.
    imgsz: pixels that the picture's longer side is scaled to (classification: its shorter side).
    classes: the only class numbers to answer.
    class_names: the names of the only classes to answer, chosen from the detections that are left in the end,
        so that they may be fewer than max_det. A name that the model does not have matches none of them: whoever
        asks several models for their "person" gets nothing from the one that knows none.
    agnostic: whether boxes of different classes suppress each other.
    candidates: the most boxes before suppression, as ultralytics limits them; the most confident count.
    """

    conf: float = 0.25
    iou: float = 0.7
    imgsz: int | None = None
    max_det: int = 300
    classes: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    agnostic: bool = False
    candidates: int = 30_000


@dataclass(frozen=True)
class Speed:
    """Milliseconds for one picture."""

    preprocess: float = 0.0
    inference: float = 0.0
    postprocess: float = 0.0


def _no_floats(*shape: int) -> Floats:
    return np.empty(shape, np.float32)


@dataclass(frozen=True)
class Prediction:
    """The n detections of one picture, best first; of a classification the probabilities alone.

    names: class number to name.
    shape: height and width of the frame.
    boxes: (n, 4) upper left and lower right corner, x1 y1 x2 y2, inside the frame. Of oriented
        boxes the upright box around them, which may reach outside.
    confidences, classes: (n,)
    masks: n masks (segment).
    keypoints: (n, points, 2 or 3) x, y and, where the model says it, visibility 0 to 1 (pose).
    corners: (n, 4, 2), clockwise (obb); they may lie outside the frame.
    probabilities: (classes,) of the whole picture (classify).
    """

    task: Task
    names: Mapping[int, str]
    shape: tuple[int, int]
    boxes: Floats = field(default_factory=lambda: _no_floats(0, 4))
    confidences: Floats = field(default_factory=lambda: _no_floats(0))
    classes: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    masks: tuple[Mask, ...] | None = None
    keypoints: Floats | None = None
    corners: Floats | None = None
    probabilities: Floats | None = None
    speed: Speed = Speed()

    def __len__(self) -> int:
        return len(self.confidences)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Prediction:
        """The detections that are chosen, (n,)."""
        rows = np.flatnonzero(chosen)
        return replace(
            self,
            boxes=self.boxes[rows],
            confidences=self.confidences[rows],
            classes=self.classes[rows],
            masks=None if self.masks is None else tuple(self.masks[row] for row in rows),
            keypoints=None if self.keypoints is None else self.keypoints[rows],
            corners=None if self.corners is None else self.corners[rows],
        )

    def top(self, count: int) -> Ints:
        """The numbers of the `count` likeliest classes of a classification, likeliest first."""
        assert self.probabilities is not None
        return np.argsort(-self.probabilities, kind="stable")[:count].astype(np.int64)
