"""Whether an answer is one that the description knows."""

from __future__ import annotations

from typing import Any

import httpx
from jsonschema import Draft202012Validator


def check(document: dict[str, Any], operation: dict[str, Any], answered: httpx.Response) -> None:
    """Status, media type and, of JSON, the schema."""
    responses = operation["responses"]
    assert str(answered.status_code) in responses, answered.text[:500]
    content = _resolved(document, responses[str(answered.status_code)])["content"]
    media = answered.headers["content-type"].partition(";")[0]
    assert media in content, media
    if media == "application/json":
        validate(document, content[media]["schema"], answered.json())


def validate(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    whole = schema | {"components": document["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def _resolved(document: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in response:
        return response
    found: dict[str, Any] = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return found
