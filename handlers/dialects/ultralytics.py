"""What the dialects of Ultralytics share: how a picture and the options come, and what a row says."""

from __future__ import annotations

import base64
from dataclasses import dataclass, fields
from typing import Any

import orjson
from starlette.responses import Response

from handlers.dialects.base import Call, Head, json_response
from handlers.errors import BadRequest
from handlers.fields import Choice, Field, Flag, Number, Whole
from handlers.geometry import rows
from handlers.inputs import image_input
from handlers.params import Params
from handlers.schema import Answer, ImageInput, InferenceRequest, Outcome, Want
from handlers.versions import seconds_alive, versions
from model_cache.prediction import Options

CONF = Number("conf", "The least confidence of what is answered.", 0.25, 0.01, 1)
IOU = Number(
    "iou", "Of two results of a class that overlap by more than this, the less confident is dropped.", 0.7, 0, 0.95
)
IMGSZ = Whole(
    "imgsz", "Pixels of the longer side that the picture is scaled to; left out, what the model says.", None, 32, 1280
)


@dataclass(frozen=True)
class Form:
    """The fields of a request, as a dialect calls them; of several names, the first is the one its errors say.

    file: a picture sent; source: a URL or base64 of one.
    """

    file: tuple[str, ...] = ("file",)
    source: tuple[str, ...] = ("source",)
    conf: Number = CONF
    iou: Number = IOU
    imgsz: Whole[None] = IMGSZ
    normalize: Flag = Flag("normalize", "Coordinates as parts of the picture's width and height, not as pixels.")
    decimals: Whole[int] = Whole("decimals", "Places after the point of confidences and coordinates.", 5, 0, 10)
    vid_stride: Whole[int] = Whole(
        "vid_stride", "Of a video, the last of every so many frames is answered.", 1, 1, 10_000
    )
    format: Choice = Choice(
        "format",
        "The answer: JSON, the annotated picture or video itself, or JSON with the annotated picture as base64.",
        tuple(want.value for want in Want),
        Want.JSON.value,
    )

    @property
    def options(self) -> tuple[Field, ...]:
        """All but the picture."""
        values = (getattr(self, one.name) for one in fields(self))
        return tuple(value for value in values if isinstance(value, Field))


def keys(head: Head) -> tuple[str | None, ...]:
    """HUB's header, then Platform's. Before a private Cloud Run service the latter may hold Google's token."""
    return head.headers.get("x-api-key"), head.bearer


def read(call: Call, models: tuple[str, ...], form: Form) -> InferenceRequest:
    """The request; its fields may stand in the body or the query."""
    params = Params(call.query, call.body.values)
    return InferenceRequest(
        models=models,
        inputs=_pictures(call, form),
        options=Options(conf=params.number(form.conf), iou=params.number(form.iou), imgsz=params.whole(form.imgsz)),
        want=Want(params.choice(form.format)),
        stride=params.whole(form.vid_stride),
        stream="application/x-ndjson" in call.headers.get("accept", "").lower(),
        extras={"normalize": params.flag(form.normalize), "decimals": params.whole(form.decimals)},
    )


def _pictures(call: Call, form: Form) -> tuple[ImageInput, ...]:
    file, source = form.file[0], form.source[0]
    files = tuple(ImageInput(data=data) for data in call.body.files(*form.file))
    if call.body.is_picture:
        files = (ImageInput(data=call.body.raw),)
    # A URL or base64 also comes under the file's name, from clients that have no file.
    texts = [text for name in form.source + form.file for text in call.body.texts(name)]
    texts += [call.query[name] for name in form.source if name in call.query]
    if files and texts:
        raise BadRequest(f"Send either {file} or {source}, not both.")
    if call.body.files(*form.source):
        raise BadRequest(f"{source} must be text (a URL or base64), not a file: send a file as {file}.")
    if not files and not texts:
        raise BadRequest(f"There is no picture: send it as {file}, or as {source} (a URL or base64).")
    if not call.body.is_understood:
        raise BadRequest("The body is neither a picture, a form nor JSON.")
    return files or tuple(map(image_input, texts))


def entry(request: InferenceRequest, answer: Answer) -> orjson.Fragment:
    """One of `images`, written already: of a long video only the text is kept."""
    found, speed = answer.prediction, answer.prediction.speed
    image: dict[str, Any] = {
        "shape": list(found.shape),
        "results": summary(request, answer),
        "speed": {
            "preprocess": round(speed.preprocess, 3),
            "inference": round(speed.inference, 3),
            "postprocess": round(speed.postprocess, 3),
        },
    }
    if answer.jpeg is not None and request.want is Want.BOTH:
        image["image"] = base64.b64encode(answer.jpeg).decode()
    return orjson.Fragment(orjson.dumps(image))


def summary(request: InferenceRequest, answer: Answer) -> list[dict[str, Any]]:
    return rows(answer.prediction, normalize=request.extras["normalize"], decimals=request.extras["decimals"])


def respond(request: InferenceRequest, outcome: Outcome) -> Response:
    """The envelope of HUB's newer form and of Platform, in an order that reads right by position."""
    if outcome.picture is not None and request.want is Want.IMAGE:
        return Response(outcome.picture.data, media_type=outcome.picture.media_type)
    return json_response(
        {
            "images": outcome.entries,
            "metadata": {
                "imageCount": len(outcome.entries),
                "functionTimeAlive": round(seconds_alive(), 3),
                "functionTimeCall": round(outcome.seconds, 6),
                "model": outcome.model,
                "task": outcome.metadata.task,
                "classNames": list(outcome.metadata.names.values()),
                "version": versions(),
            },
        }
    )
