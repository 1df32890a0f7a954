"""Ultralytics Platform: shared inference by model, and dedicated endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from handlers.dialects import ultralytics
from handlers.dialects.base import Call, Dialect, Head, Side, json_response
from handlers.dialects.platform_metrics import iso
from handlers.dialects.platform_sides import SIDE_ROUTES, names
from handlers.errors import ApiError, LimitReached
from handlers.schema import Answer, InferenceRequest, Outcome

FORM = ultralytics.Form()


class UltralyticsPlatform(Dialect):
    predict_routes: tuple[str, ...] = (
        "/predict",
        "/api/models/{model}/predict",
        "/api/models/{owner}/{project}/{model}/predict",
        "/api/deployments/{model}/predict",
        "/api/deployments/{owner}/{model}/predict",
    )
    side_routes: tuple[Side, ...] = SIDE_ROUTES

    def keys(self, head: Head) -> Iterable[str | None]:
        return ultralytics.keys(head)

    def claims(self, call: Call) -> bool:
        return True

    def parse(self, call: Call) -> InferenceRequest:
        return ultralytics.read(call, names(call), FORM)

    def entry(self, request: InferenceRequest, answer: Answer) -> Any:
        return ultralytics.entry(request, answer)

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response:
        return ultralytics.respond(request, outcome)

    def error(self, error: ApiError) -> Response:
        if isinstance(error, LimitReached):
            said = {"error": "Rate limit exceeded", "retryAfter": error.retry_after, "resetAt": iso(error.reset)}
            return json_response(said, error.status, error.headers | {"X-RateLimit-Reset": iso(error.reset)})
        return json_response({"error": error.message}, error.status, error.headers)
