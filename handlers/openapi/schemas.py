"""JSON schemas in few words. All of an answer's objects are closed: what is not described is not there."""

from __future__ import annotations

from typing import Any

from handlers.fields import Choice, Field, Flag, Number, Text, Texts, Whole

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
TIME: Schema = {"type": "string", "format": "date-time"}
FILE: Schema = {"type": "string", "format": "binary"}
BASE64: Schema = {"type": "string", "contentEncoding": "base64"}
EMPTY: Schema = {"type": "object", "additionalProperties": False}


def closed(required: Schema, optional: Schema | None = None, about: str | None = None) -> Schema:
    """An object of these properties; keywords are names that Python allows, hence dictionaries."""
    schema: Schema = {"type": "object"} | ({"description": about} if about else {})
    properties = required | (optional or {})
    return schema | {"properties": properties, "required": [*required], "additionalProperties": False}


def listed(items: Schema, about: str | None = None, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits} | ({"description": about} if about else {})


def said(schema: Schema, about: str) -> Schema:
    return schema | {"description": about}


def one_of(*values: Any) -> Schema:
    return {"enum": [*values]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def any_of(schemas: list[Schema]) -> Schema:
    """Either of them; each once."""
    once = [schema for number, schema in enumerate(schemas) if schema not in schemas[:number]]
    return once[0] if len(once) == 1 else {"anyOf": once}


def of_field(field: Field) -> Schema:
    """What a value of that row may be, with its meaning."""
    others = f" Also taken as {' or '.join(f'`{name}`' for name in field.also)}." if field.also else ""
    return _kind(field) | {"description": field.meaning + others}


def _kind(field: Field) -> Schema:
    match field:
        case Number():
            number = _bounded({"type": "number"}, field.low, field.high)
            words: Schema = {"type": "string", "enum": [*field.words]}
            return ({"anyOf": [number, words]} if field.words else number) | {"default": field.default}
        case Whole():
            whole = _bounded({"type": "integer"}, field.low, field.high)
            return whole if field.default is None else whole | {"default": field.default}
        case Flag():
            return {"type": "boolean", "default": False}
        case Choice():
            # A value that counts as the default is no fault, and is not described as one.
            known: Schema = {"enum": [*field.choices]} if field.strict else {"examples": [*field.choices]}
            return {"type": "string", "default": field.default} | known
        case Texts():
            return listed(TEXT)
        case Text(max_length=int(most)):
            return TEXT | {"maxLength": most}
        case _:
            return dict(TEXT)


def _bounded(schema: Schema, low: float | None, high: float | None) -> Schema:
    limits = {"minimum": low, "maximum": high}
    return schema | {name: value for name, value in limits.items() if value is not None}
