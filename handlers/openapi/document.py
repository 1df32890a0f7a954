"""The whole description, from the dialects' tables: OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.dialects import DIALECTS
from handlers.dialects.base import Dialect
from handlers.openapi import common, failures, operations, platform, roboflow, ultralytics
from handlers.openapi.described import DESCRIBED
from handlers.openapi.examples import names_of
from handlers.openapi.schemas import TEXT, Schema, closed
from handlers.openapi.security import SCHEMES
from handlers.versions import VERSION

_ABOUT = """Your own YOLO weights, in the dialects that clients of Ultralytics and of Roboflow speak: each section is
one of them, and all reach the same models. Every answer carries X-Request-Id, the caller's own where it sent one.
"""


def build(model: str, *, anonymous: bool) -> Schema:
    """model: whose id stands in the examples; anonymous: whether requests without a key are answered."""
    failed: dict[str, Schema] = {}
    for dialect in DIALECTS:
        described = DESCRIBED[type(dialect)]
        failed |= failures.responses(described.name, dialect, described.errors)
    setting = operations.Setting(names_of(model), anonymous, failed)
    tags = [{"name": one.tag, "description": one.about} for one in (DESCRIBED[type(dialect)] for dialect in DIALECTS)]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "yolo-endpoint",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
        },
        "servers": [{"url": "/"}],
        "tags": [*tags, {"name": common.TAG, "description": "What belongs to no vendor."}],
        "paths": _paths(setting),
        "components": {"schemas": _schemas(), "responses": failed, "securitySchemes": SCHEMES},
    }


def sharing() -> Mapping[tuple[str, str], list[Dialect]]:
    """Method and path of every prediction, and the dialects that share it."""
    found: dict[tuple[str, str], list[Dialect]] = {}
    for dialect in DIALECTS:
        for path in dialect.predict_routes:
            for method in dialect.predict_methods:
                found.setdefault((method, path), []).append(dialect)
    return found


def _paths(setting: operations.Setting) -> Schema:
    """A fixed route comes before a prediction of the same method and path, as in the application."""
    found: dict[tuple[str, str], Schema] = {}
    for route in common.ROUTES:
        found[route.method, route.path] = operations.of_common(route, setting)
    for (method, path), dialects in sharing().items():
        if (method, path) not in found:
            found[method, path] = operations.of_prediction(dialects, method, path, setting)
    for dialect in DIALECTS:
        for side in dialect.side_routes:
            found[side.method, side.path] = operations.of_side(dialect, side, setting)
    paths: dict[str, Schema] = {}
    for (method, path), operation in found.items():
        paths.setdefault(path, {})[method.lower()] = operation
    return paths


def _schemas() -> Schema:
    line = {"LineError": closed({"error": TEXT}, about="What went wrong after the first line was sent.")}
    return common.SCHEMAS | ultralytics.SCHEMAS | platform.SCHEMAS | roboflow.SCHEMAS | line
