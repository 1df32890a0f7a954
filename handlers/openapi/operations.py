"""One operation: a method and a path, by one dialect or by several that share it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from handlers.dialects.base import Dialect, Side
from handlers.dialects.roboflow_inference import SERVED
from handlers.fields import Field
from handlers.openapi import bodies, failures
from handlers.openapi.common import TAG, Common
from handlers.openapi.described import DESCRIBED, Described
from handlers.openapi.examples import Names
from handlers.openapi.schemas import FILE, TEXT, Schema, any_of, of_field, ref
from handlers.openapi.security import security

_OF_PATH: Mapping[str, Schema] = {"task": {"type": "string", "enum": [*SERVED]}}
_OWNER = "RoboflowOwner"  # what POST / answers, too: whose key stands in the query


@dataclass(frozen=True)
class Setting:
    """What differs from one deployment to the next. failures: the reusable answers."""

    names: Names
    anonymous: bool
    failures: Mapping[str, Schema]


def of_common(route: Common, setting: Setting) -> Schema:
    responses: dict[str, Schema] = {
        status: {"description": HTTPStatus(int(status)).phrase}
        | ({"content": {media: {"schema": schema} for media, schema in contents.items()}} if contents else {})
        for status, contents in route.responds.items()
    }
    if route.dialect is not None:
        responses |= failures.of_operation([DESCRIBED[type(route.dialect)].name], setting.failures, locked=True)
    return {
        "operationId": _identity("service", route.method, route.path),
        "tags": [TAG],
        "summary": route.summary,
        "security": [] if route.dialect is None else security([route.dialect], anonymous=setting.anonymous),
        **_parameters(route.path, dict.fromkeys(route.query), route.path_values),
        "responses": responses,
    }


def of_side(dialect: Dialect, side: Side, setting: Setting) -> Schema:
    described = DESCRIBED[type(dialect)]
    is_open = side.path in dialect.open_paths
    content = {"application/json": {"schema": ref(side.responds)}}
    body = {} if side.takes is None else {"requestBody": bodies.of_side(side.takes, setting.names)}
    failed = failures.of_operation([described.name], setting.failures, locked=not is_open)
    # A check that fails says so in the form of its success.
    if side.path == "/readiness":
        failed["503"] = {"description": "The store cannot be read.", "content": content}
    return {
        "operationId": _identity(described.name, side.method, side.path),
        "tags": [described.tag],
        "summary": side.summary,
        "security": [] if is_open else security([dialect], anonymous=setting.anonymous),
        **_parameters(side.path, dict.fromkeys(side.query), setting.names.of_path(side.path)),
        **body,
        "responses": {"200": {"description": "The answer.", "content": content}} | failed,
    }


def of_prediction(dialects: Sequence[Dialect], method: str, path: str, setting: Setting) -> Schema:
    all_described = [DESCRIBED[type(dialect)] for dialect in dialects]
    query: dict[Field, str | None] = {}
    for described in reversed(all_described):
        query |= {field: value for field, value in described.query(method, path).items() if field not in query}
    tags = [described.tag for described in all_described]
    return {
        "operationId": _identity(all_described[-1].name, method, path),
        "tags": tags,
        "summary": "Predict." if len(tags) == 1 else f"Predict: in the form of {' or '.join(reversed(tags))}.",
        "security": security(dialects, anonymous=setting.anonymous),
        **_parameters(path, query, setting.names.of_path(path)),
        **(_request(all_described, path, setting.names) if method != "GET" else {}),
        "responses": {
            "200": {"description": "What was found.", "content": _answers(all_described, path)},
            **failures.of_operation([one.name for one in all_described], setting.failures, locked=True),
        },
    }


def _identity(name: str, method: str, path: str) -> str:
    return "_".join([name, method.lower(), *re.findall(r"\w+", path)])


def _parameters(path: str, query: Mapping[Field, str | None], known: Mapping[str, str]) -> Schema:
    """known: of the path's parameters, what the example says. Of several fields of one name, the first counts."""
    found = [
        {"name": name, "in": "path", "required": True, "schema": _OF_PATH.get(name, TEXT), "example": known[name]}
        for name in re.findall(r"{(\w+)}", path)
    ]
    for field, value in query.items():
        if field.name in (one["name"] for one in found):
            continue
        schema = of_field(field)
        parameter = {"name": field.name, "in": "query", "description": schema.pop("description"), "schema": schema}
        shown = value or field.example
        found.append(parameter if shown is None else parameter | {"example": shown})
    return {"parameters": found} if found else {}


def _request(described: Iterable[Described], path: str, names: Names) -> Schema:
    """Where several dialects take a media type, either of their schemas, and all of their examples."""
    media: dict[str, list[tuple[str, Schema]]] = {}
    for one in reversed([*described]):
        for kind, body in one.body(path, names).items():
            media.setdefault(kind, []).append((one.name, body))
    content: dict[str, Schema] = {}
    for kind, found in media.items():
        examples = {
            name if len(found) == 1 else f"{owner}: {name}": value
            for owner, body in found
            for name, value in body["examples"].items()
        }
        content[kind] = {"schema": any_of([body["schema"] for _, body in found]), "examples": examples}
    return {"requestBody": {"content": content}}


def _answers(described: Iterable[Described], path: str) -> Schema:
    described = [*described]
    names = [name for one in reversed(described) for name in one.answers]
    if path == "/":
        names = [name for name in names if not name.startswith("Roboflow")] + [_OWNER]
    content: Schema = {"application/json": {"schema": any_of([ref(name) for name in names])}}
    if any(one.pictures for one in described):
        content |= {media: {"schema": FILE} for media in ("image/jpeg", "video/mp4", "video/webm")}
    if lines := [one.streams for one in reversed(described) if one.streams]:
        # What is asked for by Accept: one line a picture or frame; a failure after the first is the last line.
        line = any_of([*map(ref, lines), ref("LineError")])
        content["application/x-ndjson"] = {
            "schema": {
                "type": "string",
                "description": "With this type in Accept: one line a picture or frame, each sent when it is made.",
                "contentMediaType": "application/x-ndjson",
                "contentSchema": line,
            }
        }
    return content
