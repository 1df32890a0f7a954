"""A frame and what a model says of it -> the annotated picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from handlers.errors import TooLarge
from handlers.render import strokes
from handlers.render.figures import draw_pose, outline
from handlers.render.labels import Label, draw_labels
from handlers.render.lettering import clean
from handlers.render.palette import Colour, colour_of
from handlers.render.scores import draw_scores
from handlers.schema import Style
from model_cache.prediction import Floats, Frame, Prediction

_PLAIN = Style()
_QUALITY = 90
_LONGEST_SIDE = 65500  # what libjpeg writes
_WIDEST_STROKE = 255
_FIGURE = 45  # times the limbs' width is a figure at least
_FILL = 0.4  # how much of the ground a mask's colour covers


def render(frame: Frame, prediction: Prediction, style: Style = _PLAIN) -> bytes:
    """The annotated frame as a JPEG of the same size. Raises TooLarge where JPEG has no such size.

    The chroma is kept whole (4:4:4): halved, thin coloured lines bleed.
    """
    if max(frame.shape[:2]) > _LONGEST_SIDE:
        raise TooLarge(f"A picture with a side of more than {_LONGEST_SIDE} pixels cannot be answered as a JPEG.")
    chroma = int(cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
    how = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, chroma]
    _, data = cv2.imencode(".jpg", draw(frame, prediction, style), how)
    return data.tobytes()


def draw(frame: Frame, prediction: Prediction, style: Style = _PLAIN) -> Frame:
    """A new picture of the same size with the prediction drawn on it, the most confident on top.

    Boxes, outlines, plates and areas are in the colour of their class. Detections with a coordinate
    that is not finite are left out.
    """
    picture = frame.copy()
    if prediction.task == "classify":
        draw_scores(picture, prediction)  # labels or not: there is nothing else to see of it
        return picture
    width = stroke(frame.shape[0], frame.shape[1]) if style.stroke is None else style.stroke
    width = min(max(width, 1), _WIDEST_STROKE)
    detections = list(_detections(prediction))
    rings = {d.row: outline(prediction.masks[d.row]) for d in detections} if prediction.masks else {}
    if rings:
        _fill(picture, [(rings[d.row], d.colour) for d in detections])
    labels = [_draw_one(picture, d, rings.get(d.row, []), width, style) for d in detections]
    if style.labels:
        draw_labels(picture, labels[::-1])
    return picture


def stroke(height: int, width: int) -> int:
    """The lines' width for a picture, all in pixels: 1 at 64x48, 2 at 640x480, 4 at 1280x960, 9 at 12 megapixels."""
    return round(1 + 0.00115 * (height + width))


@dataclass(frozen=True)
class _Detection:
    """row: its number in the prediction; quad: (4, 2), of upright boxes None."""

    row: int
    name: str
    number: str
    colour: Colour
    box: Floats
    quad: Floats | None
    points: Floats | None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the box."""
        x1, y1, x2, y2 = self.box.tolist()
        return x2 - x1, y2 - y1


def _detections(prediction: Prediction) -> Iterator[_Detection]:
    """Those that can be drawn, the least confident first; equals in the order that leaves the first on top."""
    confidences = np.nan_to_num(prediction.confidences, nan=-1.0)
    height, width = prediction.shape
    for row in np.argsort(-confidences, kind="stable")[::-1].tolist():
        quad = None if prediction.corners is None else prediction.corners[row]
        ends = (prediction.boxes[row].reshape(2, 2) if quad is None else quad).astype(np.float32)
        low, high = ends.min(0), ends.max(0)
        if not np.isfinite(ends).all() or (high < 0).any() or (low > [width, height]).any():
            continue
        number = int(prediction.classes[row])
        yield _Detection(
            row,
            clean(prediction.names.get(number, str(number))),
            f"{prediction.confidences[row]:.2f}",
            colour_of(number),
            np.concatenate([low, high]),
            quad,
            None if prediction.keypoints is None else prediction.keypoints[row],
        )


def _fill(picture: Frame, areas: list[tuple[list[Floats], Colour]]) -> None:
    """Blend all areas at once: where they overlap the last one shows, not a mixture."""
    painted = picture.copy()
    for rings, colour in areas:
        strokes.area(painted, rings, colour)
    cv2.addWeighted(painted, _FILL, picture, 1 - _FILL, 0, dst=picture)


def _draw_one(picture: Frame, detection: _Detection, rings: list[Floats], width: int, style: Style) -> Label:
    """Draw everything of a detection but its label, which is returned."""
    colour, quad = detection.colour, detection.quad
    for ring in rings:
        strokes.line(picture, ring, colour, max(round(width * 2 / 3), 1))
    if quad is None:
        edges = strokes.box(picture, detection.box, colour, width)
        peak = edges[0]
    else:
        strokes.line(picture, quad, colour, width)
        edges = strokes.around(picture, detection.box, width)
        peak = int(np.clip(quad[quad[:, 1].argmin(), 0], edges[0], edges[2]))
    if detection.points is not None:
        # Else the key points of somebody far off run into each other.
        slim = width if style.stroke else min(width, max(round(max(detection.size) / _FIGURE), 1))
        draw_pose(picture, detection.points, slim)
    return Label(detection.name, detection.number, colour, edges, peak)
