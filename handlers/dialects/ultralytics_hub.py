"""Ultralytics HUB's inference API, newer form: `file`, `imgsz`, `conf`, `iou`; answers `images` and `metadata`.

HUB was shut down in July 2026; what its clients call lives on here.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from handlers.dialects import ultralytics
from handlers.dialects.base import Call, Dialect, Head, Models, Side, json_response
from handlers.errors import ApiError
from handlers.fields import Text
from handlers.params import Params
from handlers.schema import Answer, InferenceRequest, Outcome

IOU = replace(ultralytics.IOU, default=0.45)  # HUB's, unlike Platform's
MODEL = Text("model", "The model's id or name, or the address of its page on HUB; left out, the default model.")

# Until it was shut down, HUB took the older form's names as well: its own CI sent them to the end.
FORM = ultralytics.Form(
    conf=replace(ultralytics.CONF, also=("confidence",)), iou=IOU, imgsz=replace(ultralytics.IMGSZ, also=("size",))
)


class UltralyticsHub(Dialect):
    predict_routes: tuple[str, ...] = ("/v1/predict/{model}", "/")

    @property
    def side_routes(self) -> tuple[Side, ...]:
        return (
            Side("POST", "/v1/auth", _auth, "Whether a key is good, as hub-sdk asks first.", "HubHandshake"),
            Side("GET", "/v1/models/{model}", _model, "A model, as hub-sdk reads it before it predicts.", "HubModel"),
        )

    def keys(self, head: Head) -> Iterable[str | None]:
        return ultralytics.keys(head)

    def claims(self, call: Call) -> bool:
        return True

    def parse(self, call: Call) -> InferenceRequest:
        return ultralytics.read(call, models(call), FORM)

    def entry(self, request: InferenceRequest, answer: Answer) -> Any:
        return ultralytics.entry(request, answer)

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response:
        return ultralytics.respond(request, outcome)

    def error(self, error: ApiError) -> Response:
        content = {"success": False, "message": error.message, "data": {}}
        return json_response(content, error.status, error.headers)


def models(call: Call) -> tuple[str, ...]:
    """The model in the path, or in the field `model`: an id, a name, or the address of its page on HUB."""
    asked = call.path.get("model") or Params(call.query, call.body.values).text(MODEL)
    if asked is None:
        return ()
    with suppress(ValueError):  # no address, whatever it looks like: then it is a name, if an odd one
        address = urlsplit(asked)
        if address.scheme in ("http", "https"):
            asked = address.path.rstrip("/").rpartition("/")[2]
    name, dot, suffix = asked.rpartition(".")
    return (asked, name) if dot and suffix in ("pt", "onnx") else (asked,)


def _auth(call: Call, _: Models) -> Response:
    """hub-sdk asks first whether its key is good; a request that came as far as here has passed that."""
    return json_response({"success": True, "message": "Authentication succeeded.", "data": {}})


def _model(call: Call, found: Models) -> Response:
    """hub-sdk reads a model before it predicts with it. Its weights are not handed out, so no address is given."""
    entry = found.find(models(call))
    data = {
        "id": call.path["model"],
        "meta": {"name": entry.id},
        "status": "trained",
        "imgsz": entry.imgsz,
        "is_pretrained": False,
        "is_custom": True,
        "has_best_weights": True,
        "has_last_weights": False,
    }
    return json_response({"success": True, "message": "Model found.", "data": data})
