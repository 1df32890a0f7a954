"""Ultralytics Platform: shared inference by model, and dedicated endpoints.

Rows are ultralytics' `Results.summary()`, in its own key order: the vendor's command line reads a box
by position.
"""

from __future__ import annotations

import base64
from typing import Any

from starlette.responses import Response

from handlers.dialects.base import Call, json_response
from handlers.errors import ApiError, BadRequest
from handlers.geometry import rows
from handlers.inputs import image_input
from handlers.params import Params
from handlers.schema import Answer, ImageInput, InferenceRequest, Outcome, Want
from handlers.versions import seconds_alive, versions
from model_cache.prediction import Options


class UltralyticsPlatform:
    predict_routes: tuple[str, ...] = (
        "/predict",
        "/api/models/{model}/predict",
        "/api/models/{owner}/{project}/{model}/predict",
        "/api/deployments/{model}/predict",
        "/api/deployments/{owner}/{model}/predict",
    )

    def parse(self, call: Call) -> InferenceRequest:
        """Fields may stand in the body or the query; one picture a request, as `file` or as `source`."""
        params = Params(call.query, call.body.values)
        return InferenceRequest(
            models=_models(call),
            inputs=(_picture(call, params),),
            options=Options(
                conf=params.number("conf", 0.25, 0.01, 1),
                iou=params.number("iou", 0.7, 0, 0.95),
                imgsz=params.whole("imgsz", 32, 1280),
            ),
            want=Want(params.choice("format", [want.value for want in Want], Want.JSON.value)),
            extras={
                "normalize": params.flag("normalize", False),
                "decimals": 5 if (decimals := params.whole("decimals", 0, 10)) is None else decimals,
            },
        )

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response:
        if request.want is Want.IMAGE:
            return Response(outcome.answers[0].picture, media_type="image/jpeg")
        return json_response(
            {
                "images": [_image(answer, request) for answer in outcome.answers],
                "metadata": {
                    "imageCount": len(outcome.answers),
                    "functionTimeAlive": round(seconds_alive(), 3),
                    "functionTimeCall": round(outcome.seconds, 6),
                    "model": outcome.model,
                    "task": outcome.metadata.task,
                    "classNames": list(outcome.metadata.names.values()),
                    "version": versions(),
                },
            }
        )

    def error(self, error: ApiError) -> Response:
        return json_response({"error": error.message}, error.status, error.headers)


def _models(call: Call) -> tuple[str, ...]:
    """The ids to look for. The first parts of a path name the vendor's account, not our store."""
    parts = [call.path[name] for name in ("owner", "project", "model") if name in call.path]
    return tuple("/".join(parts[i:]) for i in range(len(parts)))


def _picture(call: Call, params: Params) -> ImageInput:
    files, source = call.body.files("file"), params.text("source")
    if len(files) > 1:
        raise BadRequest("Only one file can be sent in a request.")
    if files and source is not None:
        raise BadRequest("Send either file or source, not both.")
    if files:
        return ImageInput(data=files[0])
    if source is not None:
        return image_input(source)
    raise BadRequest("There is no picture: send it as file, or as source (a URL or base64).")


def _image(answer: Answer, request: InferenceRequest) -> dict[str, Any]:
    found = answer.prediction
    speed = found.speed
    image = {
        "shape": list(found.shape),
        "results": rows(found, normalize=request.extras["normalize"], decimals=request.extras["decimals"]),
        "speed": {
            "preprocess": round(speed.preprocess, 3),
            "inference": round(speed.inference, 3),
            "postprocess": round(speed.postprocess, 3),
        },
    }
    if answer.picture is not None:
        image["image"] = base64.b64encode(answer.picture).decode()
    return image
