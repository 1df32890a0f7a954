"""What is drawn of a detection beside its box: the outline of its mask, its key points."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handlers.render import strokes
from handlers.render.palette import BLACK, Colour, colour_of
from model_cache.masks import Mask
from model_cache.prediction import Floats, Frame

VISIBLE = 0.5
_FINEST = 4  # times the mask's own resolution at which its outline is traced
_SMOOTHING = 1.6  # pixels of the mask's own resolution
_MOST = 4_000_000  # pixels traced for one mask

# COCO's 17 key points (https://cocodataset.org/#format-data, "skeleton"), counted from 0: nose, then left
# and right in turn: eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
_COCO_POINTS = 17
LIMBS = (
    *((0, 1), (0, 2), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6)),
    *((5, 6), (5, 11), (6, 12), (11, 12)),
    *((5, 7), (7, 9), (11, 13), (13, 15)),
    *((6, 8), (8, 10), (12, 14), (14, 16)),
)
_MIDDLE: Colour = (235, 235, 235)
_LEFT: Colour = (60, 160, 255)
_RIGHT: Colour = (255, 190, 60)


def outline(mask: Mask) -> list[Floats]:
    """The closed rings round a mask's parts and holes, each (n, 2) in pixels of the frame.

    The mask is that of the model's input, often much smaller than the frame: it is smoothed and traced
    at a finer resolution, so that its pixels do not show as stairs.
    """
    height, width = mask.bitmap.shape
    if not height or not width:
        return []
    # Two points a pixel of the frame.
    times = int(np.clip(np.ceil(2 / mask.letterbox.gain.min()), 1, _FINEST))
    while times > 1 and height * width * times * times > _MOST:
        times -= 1
    edge = 4
    soft = cv2.copyMakeBorder(mask.bitmap * np.uint8(255), edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(soft, (2 * edge + 1, 2 * edge + 1), _SMOOTHING)
    fine = cv2.resize(soft, None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR)
    inner = fine[edge * times : -edge * times, edge * times : -edge * times]
    found, _ = cv2.findContours((inner > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not found:
        # Specks of a pixel do not outlast the smoothing.
        return mask.contours()
    place = np.array([mask.left, mask.top])
    rings = [(ring.reshape(-1, 2) + 0.5) / times + place for ring in found]
    return [mask.letterbox.points_back(ring.astype(np.float32)) for ring in rings]


def draw_pose(picture: Frame, points: Floats, width: int) -> None:
    """Key points (k, 2 or 3) that are more likely visible than not, and limbs if they are COCO's.

    A person's left is orange, the right blue. What the points of other models mean is not known: they
    are coloured by their number.
    """
    seen: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(points), axis=1)
    if points.shape[1] > 2:
        seen &= points[:, 2] >= VISIBLE
    places = points[:, :2]
    person = len(points) == _COCO_POINTS
    for a, b in LIMBS if person else ():
        if seen[a] and seen[b]:
            strokes.line(picture, places[[a, b]], side(a, b), width, closed=False)
    for i in np.flatnonzero(seen).tolist():
        colour = side(i, i) if person else colour_of(i)
        radius = width + 1
        strokes.dot(picture, places[i], BLACK, radius + max(width / 4, 0.75))
        strokes.dot(picture, places[i], colour, radius)


def side(a: int, b: int) -> Colour:
    """The colour of a limb between two of COCO's points."""
    if a == 0 or b == 0 or a % 2 != b % 2:
        return _MIDDLE
    return _LEFT if a % 2 else _RIGHT
