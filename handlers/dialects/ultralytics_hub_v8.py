"""HUB's inference API as it was with YOLOv8: `image` or `url`, `size`, `confidence`; answers `data`.

It shares the newer form's path and is told from it by the names of its fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from handlers.dialects import ultralytics
from handlers.dialects.base import Call, Dialect, Head, Side, json_response
from handlers.dialects.ultralytics_hub import IOU, UltralyticsHub, models
from handlers.errors import ApiError
from handlers.schema import Answer, InferenceRequest, Outcome, Want

_TELLING = ("image", "url", "size", "confidence")
# hub-sdk sends `image` with whatever names its caller gives the rest.
FORM = ultralytics.Form(
    file=("image", "file"),
    source=("url", "source"),
    conf=replace(ultralytics.CONF, name="confidence", also=("conf",)),
    iou=IOU,
    imgsz=replace(ultralytics.IMGSZ, name="size", also=("imgsz",)),
)


class UltralyticsHubV8(Dialect):
    predict_routes = UltralyticsHub.predict_routes
    side_routes: tuple[Side, ...] = ()

    def keys(self, head: Head) -> Iterable[str | None]:
        return ultralytics.keys(head)

    def claims(self, call: Call) -> bool:
        sent = {*call.query, *call.body.values, *(part.name for part in call.body.parts)}
        return "file" not in sent and not sent.isdisjoint(_TELLING)

    def parse(self, call: Call) -> InferenceRequest:
        return ultralytics.read(call, models(call), FORM)

    def entry(self, request: InferenceRequest, answer: Answer) -> Any:
        return ultralytics.summary(request, answer)

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response:
        """`data` is the rows of the picture; of several pictures or of a video, a list of such lists."""
        if request.want is Want.IMAGE:
            return ultralytics.respond(request, outcome)
        data = outcome.entries[0] if len(outcome.entries) == 1 else outcome.entries
        return json_response({"success": True, "message": "Inference complete.", "data": data})

    def error(self, error: ApiError) -> Response:
        return UltralyticsHub().error(error)
