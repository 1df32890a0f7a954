"""What a dialect is: a vendor's routes, and how its requests are read and its answers written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from starlette.responses import Response

from handlers.errors import ApiError
from handlers.inputs import Body
from handlers.schema import InferenceRequest, Outcome


@dataclass(frozen=True)
class Call:
    """One HTTP request, read whole. path: the route's own parameters by name."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Body


class Dialect(Protocol):
    """predict_routes: paths, in Starlette's pattern language, whose POST predicts."""

    predict_routes: tuple[str, ...]

    def parse(self, call: Call) -> InferenceRequest:
        """What the caller wants; raises ApiError where that cannot be understood."""
        ...

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response: ...

    def error(self, error: ApiError) -> Response:
        """The failure in the shape that this dialect's clients read."""
        ...


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON, straight from numpy's types where need be; keys stay in the order given."""
    return Response(
        orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY),
        status,
        dict(headers or {}),
        media_type="application/json",
    )
