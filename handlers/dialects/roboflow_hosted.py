"""Roboflow's hosted API: /{dataset}/{version}, everything in the query, the picture as base64, file or URL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from handlers.dialects import roboflow, roboflow_account
from handlers.dialects.base import Answerer, Call, Dialect, Head, Side, json_response
from handlers.dialects.roboflow_fields import (
    AGNOSTIC,
    AS_STORED,
    CONFIDENCE,
    KEYPOINT_CONFIDENCE,
    MASK_FORMAT,
    MAX_DETECTIONS,
    Fields,
)
from handlers.errors import ApiError, BadRequest
from handlers.fields import Choice, Field, Flag, Number, Text, Whole
from handlers.inputs import decode_base64, image_input
from handlers.params import quoted
from handlers.schema import Answer, ImageInput, InferenceRequest, Outcome, Style, Want
from model_cache.prediction import Options

_SHARE = " From 1 on, a percentage: 40 is 0.4."
SHARE = replace(CONFIDENCE, meaning=CONFIDENCE.meaning + _SHARE)
OVERLAP = Number(
    "overlap", "Of two results that overlap by more than this, the less confident is dropped." + _SHARE, 0.3
)
COUNT = replace(MAX_DETECTIONS, low=1)
CLASSES = Text("classes", "Names of classes, between commas: no others are answered.")
STROKE = Whole("stroke", "Pixels of the annotated picture's lines; more than 100 counts as that.", 1, 0)
LABELS = Flag("labels", "Whether the annotated picture names the classes.")
FORMAT = Choice(
    "format",
    "The answer: JSON, the annotated picture or video itself, or JSON with the annotated picture as base64.",
    tuple(want.value for want in Want),
    Want.JSON.value,
    strict=False,
)
IMAGE = Text("image", "The picture's URL; then there is no body.")
IMAGE_TYPE = Choice("image_type", "What the body is.", ("base64", "url", "multipart"), "base64")
OPTIONS: tuple[Field, ...] = (
    *(SHARE, OVERLAP, COUNT, CLASSES, AGNOSTIC, FORMAT, LABELS, STROKE, MASK_FORMAT, KEYPOINT_CONFIDENCE),
    *(AS_STORED, IMAGE, IMAGE_TYPE),
)

_LEAST_CONFIDENCE = 0.01  # below it, a picture has more candidates than anybody can look at
# What more is asked for counts as these: the vendor's candidates before suppression, and pixels of a line.
_CANDIDATES, _WIDEST = 3000, 100
_UNSUPPORTED = ("numpy", "numpy_object", "pil", "file")
_NO_PICTURE = "There is no picture: send it as base64, as it is, as the file of a form, or as the URL in ?image=."


class RoboflowHosted(Dialect):
    # At / the vendor tells a key's owner.
    predict_routes: tuple[str, ...] = ("/{dataset}/{version}", "/")
    predict_methods: tuple[str, ...] = ("POST", "GET")
    side_routes: tuple[Side, ...] = roboflow_account.SIDE_ROUTES

    def keys(self, head: Head) -> Iterable[str | None]:
        return roboflow.keys(head)

    def claims(self, call: Call) -> bool:
        return "dataset" in call.path or roboflow_account.asks_for_owner(call)

    def aside(self, call: Call) -> Answerer | None:
        if "dataset" not in call.path:
            return roboflow_account.owner
        return roboflow_account.project if roboflow_account.asks_for_project(call) else None

    def parse(self, call: Call) -> InferenceRequest:
        """What is not read here is accepted and ignored, as the vendor does it."""
        fields = Fields(call.query, "query")
        style = Style(min(fields.whole(STROKE), _WIDEST), fields.flag(LABELS))
        options = Options(
            conf=max(_share(fields.number(SHARE)), _LEAST_CONFIDENCE),
            iou=_share(fields.number(OVERLAP)),
            max_det=min(fields.whole(COUNT), _CANDIDATES),
            candidates=_CANDIDATES,
            agnostic=fields.flag(AGNOSTIC),
            class_names=_names(fields.text(CLASSES)),
        )
        look = roboflow.Look(fields.number(KEYPOINT_CONFIDENCE), fields.choice(MASK_FORMAT))
        upright = not fields.flag(AS_STORED)
        want = Want(fields.choice(FORMAT))
        fields.check()
        return InferenceRequest(
            models=roboflow.candidates(f"{call.path['dataset']}/{call.path['version']}"),
            inputs=_pictures(call),
            options=options,
            want=want,
            style=style,
            upright=upright,
            extras={"look": look},
        )

    def entry(self, request: InferenceRequest, answer: Answer) -> Any:
        return roboflow.entry(request, answer)

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response:
        """One picture's answer, or the picture; of a video, and of several files, a list of answers."""
        headers = roboflow.headers(outcome)
        if request.want is Want.IMAGE and outcome.picture is not None:
            return Response(outcome.picture.data, headers=headers, media_type=outcome.picture.media_type)
        content = outcome.entries[0] if len(outcome.entries) == 1 else outcome.entries
        return json_response(content, headers=headers)

    def error(self, error: ApiError) -> Response:
        return roboflow.error(error)


def _share(value: float) -> float:
    """0 to 1. Values of 1 and more are percentages: 40 is 0.4, and 1 is 0.01."""
    return min(max(value / 100 if value >= 1 else value, 0.0), 1.0)


def _names(classes: str | None) -> tuple[str, ...] | None:
    return tuple(name for part in (classes or "").split(",") if (name := part.strip())) or None


def _pictures(call: Call) -> tuple[ImageInput, ...]:
    """What upstream takes, and what it refuses although it is clear: raw bytes, any base64, no content type."""
    if url := call.query.get(IMAGE.name):
        return (image_input(url),)
    body, kind = call.body, call.query.get(IMAGE_TYPE.name, IMAGE_TYPE.default)
    if kind in _UNSUPPORTED:
        raise BadRequest(f"Images of the type {kind} are not taken: send base64, or the picture as it is.")
    if misplaced := next((option.name for option in OPTIONS if option.name in body.fields), None):
        raise BadRequest(f"{misplaced} belongs in the query of the address, not in the body.")
    if body.content_type == "multipart/form-data":
        files = body.files("file") or body.files()
        texts = body.texts("file")
        if not files and not texts:
            raise BadRequest(_NO_PICTURE)
        return tuple(ImageInput(data=data) for data in files) or tuple(map(image_input, texts))
    if body.is_picture:
        return (ImageInput(data=body.raw),)
    if not body.raw.strip():
        raise BadRequest(_NO_PICTURE)
    if kind == "url":
        return (image_input(body.raw.decode("utf-8", "replace")),)
    if kind not in ("base64", "multipart"):
        raise BadRequest(f"image_type must be base64 or url, not {quoted(kind)}.")
    return (ImageInput(data=decode_base64(body.raw)),)
