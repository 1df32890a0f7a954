"""A network's raw outputs to detections in pixels of the frame.

Two kinds of head are read. A dense one, (1, 4 + classes + extra, anchors): centre x y, width and
height in pixels of the input, a score for each class, then mask coefficients, key points or an angle.
An end-to-end one, (1, rows, 6 + extra): two corners (oriented boxes: centre and size), confidence,
class, then the same extras.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from model_cache import masks, nms
from model_cache.errors import ModelUnusable
from model_cache.letterbox import Letterbox
from model_cache.metadata import Metadata
from model_cache.prediction import Floats, Ints, Options, Prediction


@dataclass(frozen=True)
class Rows:
    """n detections in pixels of the input; boxes (n, 4) are corners, of oriented boxes centre and size."""

    boxes: Floats
    confidences: Floats
    classes: Ints
    extras: Floats

    def __getitem__(self, index: Ints | slice | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Rows:
        return Rows(self.boxes[index], self.confidences[index], self.classes[index], self.extras[index])


def check(outputs: list[Floats], metadata: Metadata) -> None:
    """Refuse a network whose outputs are not what its metadata promises."""
    classes, shape = len(metadata.names), outputs[0].shape if outputs else ()
    if len(shape) < 2 or shape[0] < 1:
        raise ModelUnusable("The model does not answer rows of numbers.")
    if metadata.task == "classify":
        if len(shape) != 2 or shape[1] != classes:
            raise ModelUnusable(f"The classifier answers {shape[1:]} numbers for {classes} classes.")
        return
    extra = metadata.extra
    if extra is None:
        if len(outputs) < 2 or outputs[1].ndim != 4 or not outputs[1].size:
            raise ModelUnusable("The segmentation model answers no mask prototypes.")
        extra = outputs[1].shape[1]
    width = shape[-1] if _is_final(outputs[0], metadata) else shape[1]
    wanted = extra + (6 if _is_final(outputs[0], metadata) else 4 + classes)
    if len(shape) != 3 or width != wanted:
        raise ModelUnusable(f"The model's rows have {width} numbers where {wanted} were expected.")


def predict(outputs: list[Floats], metadata: Metadata, letterbox: Letterbox, options: Options) -> Prediction:
    """The detections of the first picture in `outputs`."""
    oriented = metadata.task == "obb"
    if _is_final(outputs[0], metadata):
        rows = _final(outputs[0][0], len(metadata.names), options)
    else:
        rows = _suppressed(_candidates(outputs[0][0], len(metadata.names), options), options, oriented=oriented)
    found = Prediction(
        metadata.task, metadata.names, letterbox.frame, confidences=rows.confidences, classes=rows.classes
    )
    if oriented:
        return _with_corners(found, rows, letterbox)
    corners = rows.boxes.reshape(-1, 2, 2)
    found = replace(found, boxes=letterbox.points_back(corners).reshape(-1, 4))
    if metadata.task == "segment":
        return _with_masks(found, masks.from_prototypes(outputs[1][0], rows.extras, rows.boxes, letterbox))
    if metadata.task == "pose":
        points = rows.extras.reshape(-1, *metadata.keypoints).copy()
        points[..., :2] = letterbox.points_back(points[..., :2])
        return replace(found, keypoints=points)
    return found


def _is_final(output: Floats, metadata: Metadata) -> bool:
    return metadata.end2end or output.shape[-1] == 6


def _final(rows: Floats, classes: int, options: Options) -> Rows:
    rows = rows[rows[:, 4] > options.conf]
    rows = rows[np.isfinite(rows).all(1)]
    if not ((rows[:, 5] >= 0) & (rows[:, 5] < classes)).all():
        raise ModelUnusable("The model answers classes that it does not have.")
    found = Rows(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64), rows[:, 6:])
    if options.classes is not None:
        found = found[np.isin(found.classes, options.classes)]
    return found[: options.max_det]


def _candidates(output: Floats, classes: int, options: Options) -> Rows:
    """The anchors whose best class is confident enough; boxes still centre and size."""
    scores = output[4 : 4 + classes]
    keep = np.flatnonzero(scores.max(0) > options.conf)
    keep = keep[np.isfinite(output[:, keep]).all(0)]  # of a network that overflows there is nothing to say
    scores = scores[:, keep]
    best = scores.argmax(0)
    confidences = scores[best, np.arange(len(keep))]
    rows = Rows(output[:4, keep].T, confidences, best, output[4 + classes :, keep].T)
    if options.classes is not None:
        rows = rows[np.isin(best, options.classes)]
    if len(rows.confidences) > options.candidates:
        rows = rows[np.argsort(-rows.confidences, kind="stable")[: options.candidates]]
    return rows


def _suppressed(rows: Rows, options: Options, *, oriented: bool) -> Rows:
    groups = np.zeros_like(rows.classes) if options.agnostic else rows.classes
    if oriented:
        turned = np.concatenate([rows.boxes, rows.extras[:, -1:]], 1)
        return rows[nms.suppress_oriented(turned, rows.confidences, groups, options.iou, options.max_det)]
    half = rows.boxes[:, 2:] / 2
    rows = replace(rows, boxes=np.concatenate([rows.boxes[:, :2] - half, rows.boxes[:, :2] + half], 1))
    return rows[nms.suppress(rows.boxes, rows.confidences, groups, options.iou, options.max_det)]


def _with_masks(found: Prediction, cut: tuple[masks.Mask, ...]) -> Prediction:
    """Only detections whose mask has a pixel stay."""
    keep = np.array([mask.bitmap.any() for mask in cut], bool)
    return replace(found, masks=cut)[keep]


def _with_corners(found: Prediction, rows: Rows, letterbox: Letterbox) -> Prediction:
    centre = letterbox.points_back(rows.boxes[:, :2], clip=False)
    half = rows.boxes[:, 2:4] / letterbox.gain / 2
    angle = rows.extras[:, -1]
    along = np.stack([np.cos(angle), np.sin(angle)], 1) * half[:, :1]
    across = np.stack([-np.sin(angle), np.cos(angle)], 1) * half[:, 1:]
    # The order that ultralytics' clients read: clockwise where the angle is small, from the lower right.
    corners: Floats = np.stack(
        [centre + along + across, centre + along - across, centre - along - across, centre - along + across], 1
    )
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1) if len(corners) else found.boxes
    return replace(found, boxes=boxes, corners=corners)
