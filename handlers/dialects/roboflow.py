"""What Roboflow's dialects share: the answer of one picture, and the ids that its clients know public models by."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
from starlette.responses import Response

from handlers import rle
from handlers.dialects.base import Head, json_response
from handlers.dialects.roboflow_fields import Unprocessable
from handlers.dialects.roboflow_ids import ALIASES, candidates, public_ids
from handlers.errors import ApiError, TooLarge, Unauthorized
from handlers.schema import Answer, InferenceRequest, Outcome, Want
from model_cache.masks import Mask
from model_cache.prediction import Floats, Prediction

_MOST_MASK_PIXELS = 300_000_000  # of all masks of a picture, which take two seconds

__all__ = ["ALIASES", "Look", "candidates", "entry", "error", "headers", "keys", "public_ids"]


@dataclass(frozen=True)
class Look:
    """What was asked of the answer's form; it stands in the request's extras as "look".

    keypoint_confidence: key points at or below it are left out.
    mask_format: "polygon" or "rle".
    """

    keypoint_confidence: float = 0.0
    mask_format: str = "polygon"


def entry(request: InferenceRequest, answer: Answer) -> dict[str, Any]:
    """The vendor's answer for one picture, with exactly its keys for the model's task.

    Boxes are centre, width and height, in pixels of the picture, not rounded: the vendor's own are whole
    numbers or halves only because it rounds the corners. `visualization` is there where the JPEG is wanted
    beside the JSON.
    """
    found, speed = answer.prediction, answer.prediction.speed
    height, width = found.shape
    said: dict[str, Any] = {
        "inference_id": str(uuid4()),
        "time": (speed.preprocess + speed.inference + speed.postprocess) / 1000,
        "image": {"width": width, "height": height},
    }
    if found.probabilities is not None:
        said |= _classification(request, found, found.probabilities)
    else:
        said["predictions"] = list(_detections(found, request.extras.get("look", Look())))
    if answer.jpeg is not None and request.want is Want.BOTH:
        said["visualization"] = base64.b64encode(answer.jpeg).decode()
    return said


def keys(head: Head) -> tuple[str | None, ...]:
    return head.query.get("api_key"), head.bearer


def error(error: ApiError) -> Response:
    """In the vendor's forms, and for a key that is not good in its words."""
    content: dict[str, Any] = {"message": error.message}
    if isinstance(error, Unprocessable):
        content = {"detail": error.detail}
    elif isinstance(error, Unauthorized):
        content = {"status": 401, "message": "Unauthorized api_key"}
    return json_response(content, error.status, error.headers)


def headers(outcome: Outcome) -> dict[str, str]:
    """Which model answered, whether it had to be loaded first, and how many seconds all of it took."""
    return {
        "X-Model-Id": outcome.model,
        "X-Model-Cold-Start": str(outcome.cold).lower(),
        "X-Processing-Time": f"{outcome.seconds:.6f}",
    }


def _classification(request: InferenceRequest, found: Prediction, probabilities: Floats) -> dict[str, Any]:
    """The vendor's form for one label a picture.

    Its other form, for several, does not occur: the classifiers served here end in a softmax, whose
    probabilities compete.
    """
    names = request.options.class_names
    listed = [
        {"class": found.names[number], "class_id": number, "confidence": confidence}
        for number in found.top(len(probabilities)).tolist()
        if (confidence := round(float(probabilities[number]), 4)) >= request.options.conf
        and (names is None or found.names[number] in names)
    ]
    first = listed[0] if listed else {"class": "", "confidence": 0.0}
    return {"predictions": listed, "top": first["class"], "confidence": first["confidence"]}


def _detections(found: Prediction, look: Look) -> Iterator[dict[str, Any]]:
    if look.mask_format == "rle" and sum(map(_pixels, found.masks or ())) > _MOST_MASK_PIXELS:
        raise TooLarge("The masks are too many and too large for rle: ask for polygons, or for fewer detections.")
    boxes = found.boxes.astype(np.float64)
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    for i in range(len(found)):
        number = int(found.classes[i])
        row: dict[str, Any] = {
            **dict(zip(("x", "y"), centres[i].tolist(), strict=True)),
            **dict(zip(("width", "height"), sizes[i].tolist(), strict=True)),
            "confidence": float(found.confidences[i]),
            "class": found.names[number],
            "class_id": number,
            "detection_id": str(uuid4()),
        }
        if found.masks is not None:
            row |= _mask(found.masks[i], look.mask_format)
        if found.keypoints is not None:
            row["keypoints"] = list(_keypoints(found.keypoints[i], look.keypoint_confidence))
        if found.corners is not None:
            # The vendor has no oriented boxes, but its clients take `points` of any detection as its outline.
            row["points"] = _points(found.corners[i])
        yield row


def _pixels(mask: Mask) -> int:
    left, top, right, lower = mask.area()
    return (right - left) * (lower - top)


def _mask(mask: Mask, form: str) -> dict[str, Any]:
    """The whole mask as run lengths, or the outline of its largest part."""
    if form == "rle":
        left, top, _, _ = mask.area()
        counts = rle.encode(mask.part(), mask.letterbox.frame, left, top)
        return {"rle": {"size": list(mask.letterbox.frame), "counts": counts}, "mask_format": "rle"}
    points = _points(mask.contours()[0])
    # Of a mask of one pixel or two, an outline has fewer than the three points without which supervision
    # drops all masks of the picture. One more in the same place changes nothing else.
    points += [points[-1]] * (3 - len(points))
    return {"points": points, "mask_format": "polygon"}


def _keypoints(points: Any, lowest: float) -> Iterator[dict[str, Any]]:
    for number, (x, y, *visible) in enumerate(points.astype(np.float64).tolist()):
        confidence = visible[0] if visible else 1.0  # a model that says nothing of it is taken at its word
        if confidence > lowest:
            # Weights name no key points: the number stands for the name.
            yield {"x": x, "y": y, "confidence": confidence, "class_id": number, "class": str(number)}


def _points(points: Any) -> list[dict[str, float]]:
    return [{"x": x, "y": y} for x, y in points.astype(np.float64).tolist()]
