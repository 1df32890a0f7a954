"""What goes wrong with a request, as each dialect itself says it: the answers are made by its own `error`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from time import time
from typing import Any

import orjson

from handlers.dialects.base import Dialect
from handlers.dialects.roboflow_fields import Fields, Unprocessable
from handlers.dialects.roboflow_registry import MODEL_ID
from handlers.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    LimitReached,
    NotFound,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthorized,
    Unavailable,
)
from handlers.openapi.schemas import Schema, any_of, ref, said

_KEYS = (Unauthorized, Forbidden)
_HEADERS: dict[str, Schema] = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "X-RateLimit-Reset": {"description": "When there is room again.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How a key is sent.", "schema": {"type": "string"}},
}


def _unprocessable() -> Unprocessable:
    fields = Fields({})
    fields.required(MODEL_ID)
    try:
        fields.check()
    except Unprocessable as error:
        return error
    raise AssertionError("a missing field is a problem")


def samples() -> tuple[ApiError, ...]:
    """One of each that a described route can fail with."""
    return (
        BadRequest('conf must be a number from 0.01 to 1, not "2".'),
        Unauthorized("A key is needed here, and none came with the request."),
        Forbidden('This key may not use a model "helmets".'),
        NotFound('There is no model "helmets" here.'),
        TooSlow("The request did not arrive within 30 seconds."),
        TooLarge("The request is larger than 100 MB."),
        _unprocessable(),
        TooMany("Too many requests are waiting; try again in a moment.", {"Retry-After": "1"}),
        LimitReached("This key has used up its quota of 1000/hour.", time() + 60),
        ApiError("The request could not be answered; the fault is ours."),
        Unavailable("The store cannot be read just now.", {"Retry-After": "5"}),
    )


def responses(name: str, dialect: Dialect, schemas: dict[int | None, str]) -> dict[str, Schema]:
    """Reusable answers by their names, such as "Platform404". schemas: of a status, and of None for all others.

    A failure whose status no schema of the dialect is of does not occur in it.
    """
    made: dict[str, Schema] = {}
    for error in samples():
        if isinstance(error, Unprocessable) and Unprocessable.status not in schemas:
            continue
        status, answered = error.status, dialect.error(error)
        content = {"schema": ref(schemas.get(status, schemas[None])), "examples": {}}
        empty: Schema = {
            "description": HTTPStatus(status).phrase,
            "headers": {},
            "content": {"application/json": content},
        }
        response = made.setdefault(f"{name}{status}", empty)
        response["content"]["application/json"]["examples"][type(error).__name__] = {
            "value": orjson.loads(answered.body)
        }
        shown = {header: text for header, text in _HEADERS.items() if header.lower() in answered.headers}
        response["headers"] |= shown
    return made


def of_operation(names: Iterable[str], components: Mapping[str, Schema], *, locked: bool) -> dict[str, Schema]:
    """Status -> what may be answered, in one operation of dialects that may share it.

    locked: whether there are keys and models to be refused.
    """
    refused = {str(error.status) for error in _KEYS} if not locked else set[str]()
    found: dict[str, list[str]] = {}
    for name in names:
        for key in _named(name, components):
            found.setdefault(key.removeprefix(name), []).append(key)
    return {status: _either(keys, components) for status, keys in sorted(found.items()) if status not in refused}


def _named(name: str, components: Mapping[str, Schema]) -> Iterator[str]:
    yield from (key for key in components if key.removeprefix(name).isdecimal())


def _either(keys: list[str], components: Mapping[str, Schema]) -> Schema:
    if len(keys) == 1:
        return {"$ref": f"#/components/responses/{keys[0]}"}
    merged: dict[str, Any] = said({"headers": {}}, components[keys[0]]["description"])
    contents = [components[key]["content"]["application/json"] for key in keys]
    for key in keys:
        merged["headers"] |= components[key]["headers"]
    return merged | {"content": {"application/json": {"schema": any_of([content["schema"] for content in contents])}}}
