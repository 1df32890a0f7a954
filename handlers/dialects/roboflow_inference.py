"""Roboflow Inference: one JSON route a task, `{"model_id", "image": {"type", "value"}, ...}`; a list of images too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from handlers.dialects import roboflow
from handlers.dialects.base import Call, Dialect, Head, Side, json_response
from handlers.dialects.roboflow_fields import (
    AGNOSTIC,
    AS_STORED,
    CONFIDENCE,
    KEYPOINT_CONFIDENCE,
    MASK_FORMAT,
    MAX_DETECTIONS,
    Fields,
)
from handlers.dialects.roboflow_ids import candidates
from handlers.dialects.roboflow_registry import MODEL_ID, OPEN_PATHS, SIDE_ROUTES
from handlers.errors import ApiError, BadRequest, NotFound
from handlers.fields import Field, Flag, Number, Text, Texts, Whole
from handlers.inputs import decode_base64, looks_like_url
from handlers.schema import Answer, ImageInput, InferenceRequest, Outcome, Style, Want
from model_cache.prediction import Options, Task

# Last part of a route -> the tasks of the models that it serves.
SERVED: dict[str, tuple[Task, ...]] = {
    "object_detection": ("detect", "obb"),
    "instance_segmentation": ("segment",),
    "keypoints_detection": ("pose",),
    "classification": ("classify",),
}
_ROUTES: dict[Task, str] = {task: route for route, tasks in SERVED.items() for task in tasks}

IMAGE = Field("image", "The picture, as base64 or a URL; or a list of such pictures, which is answered by a list.")
IOU = Number("iou_threshold", "Of two results that overlap by more than this, the less confident is dropped.", 0.3)
CLASS_FILTER = Texts("class_filter", "Names of classes: no others are answered.")
VISUALIZE = Flag("visualize_predictions", "Whether the annotated picture comes too, as base64 of a JPEG.")
STROKE = Whole("visualization_stroke_width", "Pixels of its lines; more than 100 counts as that.", 1, 1)
LABELS = Flag("visualization_labels", "Whether it names the classes.")
ID = Text("id", "What each answer is to have as inference_id.", max_length=256)
OPTIONS: tuple[Field, ...] = (
    *(CONFIDENCE, IOU, MAX_DETECTIONS, CLASS_FILTER, AGNOSTIC, MASK_FORMAT, KEYPOINT_CONFIDENCE, AS_STORED),
    *(VISUALIZE, STROKE, LABELS, ID),
)

# What more is asked for counts as these: the vendor's candidates before suppression, and pixels of a line.
_CANDIDATES, _WIDEST = 3000, 100

# Types of image that the vendor's server knows and this one does not take, and why, in its words.
_REFUSED = {
    "numpy": "NumPy image type is not supported in this configuration of `inference`.",
    "file": "Loading images from local filesystem is not supported in this configuration of `inference`.",
}
_UNKNOWN = "Image declaration contains not recognised image type."


class RoboflowInference(Dialect):
    predict_routes: tuple[str, ...] = ("/infer/{task}",)
    side_routes: tuple[Side, ...] = SIDE_ROUTES
    open_paths = OPEN_PATHS
    key_field: str | None = "api_key"

    def keys(self, head: Head) -> Iterable[str | None]:
        return roboflow.keys(head)

    def claims(self, call: Call) -> bool:
        return True

    def parse(self, call: Call) -> InferenceRequest:
        """All fields are read before any is refused; those that say nothing here are not looked at."""
        task = call.path["task"]
        if task not in SERVED:
            raise NotFound(f"Served here are {', '.join(f'/infer/{task}' for task in SERVED)}.")
        fields = Fields(call.body.json)
        fields.required(MODEL_ID)
        image = fields.required(IMAGE)
        declared = _declared(fields, image)
        wanted = InferenceRequest(
            models=candidates(fields.text(MODEL_ID) or ""),
            inputs=(),
            options=_options(fields),
            want=Want.BOTH if fields.flag(VISUALIZE) else Want.JSON,
            style=Style(
                stroke=min(fields.whole(STROKE), _WIDEST),
                labels=fields.flag(LABELS),
            ),
            upright=not fields.flag(AS_STORED),
            extras={
                "look": roboflow.Look(
                    keypoint_confidence=fields.number(KEYPOINT_CONFIDENCE),
                    mask_format=fields.choice(MASK_FORMAT),
                ),
                "task": task,
                "id": fields.text(ID),
                "listed": isinstance(image, list),
            },
        )
        fields.check()
        return replace(wanted, inputs=tuple(_input(*one) for one in declared))

    def entry(self, request: InferenceRequest, answer: Answer) -> dict[str, Any]:
        """One answer; BadRequest where the model is of a task that another route serves."""
        task = answer.prediction.task
        if task not in SERVED[request.extras["task"]]:
            raise BadRequest(f"The model's task is {task}: it is served by /infer/{_ROUTES[task]}.")
        said = roboflow.entry(request, answer)
        return said | ({"inference_id": request.extras["id"]} if request.extras["id"] is not None else {})

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response:
        """A list for a list, also of one; one answer for one picture. Of a video, a list of its frames' answers."""
        alone = not request.extras["listed"] and len(outcome.entries) == 1
        return json_response(outcome.entries[0] if alone else outcome.entries, headers=roboflow.headers(outcome))

    def error(self, error: ApiError) -> Response:
        return roboflow.error(error)


def _options(fields: Fields) -> Options:
    return Options(
        # Unlike the older route's, it is never a percentage, and has no floor.
        conf=min(max(fields.number(CONFIDENCE), 0.0), 1.0),
        iou=min(max(fields.number(IOU), 0.0), 1.0),
        max_det=min(fields.whole(MAX_DETECTIONS), _CANDIDATES),
        candidates=_CANDIDATES,
        class_names=fields.texts(CLASS_FILTER),
        agnostic=fields.flag(AGNOSTIC),
    )


def _declared(fields: Fields, image: Any) -> list[tuple[str, str]]:
    """Type and value of every image; what is wrong with them is noted in the fields."""
    if image == []:
        fields.wrong("too_short", "List should have at least 1 item after validation, not 0", "image")
    if isinstance(image, list):
        return [_one(fields, one, "image", number) for number, one in enumerate(image)]
    return [] if image is None else [_one(fields, image, "image")]


def _one(fields: Fields, image: Any, *loc: str | int) -> tuple[str, str]:
    if not isinstance(image, dict):
        fields.wrong("model_attributes_type", "Input should be a valid dictionary", *loc, given=image)
        return "", ""
    kind = _text(fields, image, *loc, "type").lower()
    # The value of a type that is not taken may be anything.
    return kind, _text(fields, image, *loc, "value") if kind in ("base64", "url") else ""


def _text(fields: Fields, image: dict[str, Any], *loc: str | int) -> str:
    text = image.get(str(loc[-1]))
    if isinstance(text, str):
        return text
    if text is None:
        fields.wrong("missing", "Field required", *loc)
    else:
        fields.wrong("string_type", "Input should be a valid string", *loc, given=text)
    return ""


def _input(kind: str, value: str) -> ImageInput:
    if kind == "base64":
        return ImageInput(data=decode_base64(value))
    if kind != "url":
        raise BadRequest(f"Could not load input image. Cause: {_REFUSED.get(kind, _UNKNOWN)}")
    if not looks_like_url(value):
        raise BadRequest("Image URLs must begin with http:// or https://.")
    return ImageInput(url=value.strip())
