"""An HTTP request -> its body, whole and bounded, and what the body says: fields, files or JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from starlette.requests import Request

from handlers.decode.formats import sniff
from handlers.errors import BadRequest, TooLarge, TooSlow
from handlers.inputs.content import Content, look, mislabelled
from handlers.inputs.multiparts import Part, parse_multipart
from handlers.inputs.room import Share
from handlers.inputs.texts import decode_text, unescape
from handlers.params import quoted

_MULTIPART, _FORM = "multipart/form-data", "application/x-www-form-urlencoded"
_MAX_DEPTH = 100  # of JSON
_MAX_CONTAINERS, _MAX_VALUES = 10_000, 100_000  # of JSON: a megabyte of "[],[]," is 20 MB of lists
_MAX_DIGITS = 309  # of a whole number in JSON, the most that a float has


@dataclass(frozen=True)
class Limits:
    """max_body: bytes. timeout_s: seconds for the whole body to arrive."""

    max_body: int = 100_000_000
    timeout_s: float = 30.0


class _File:
    """Stands among a form's values for a file, so that an option which came as one is refused, not passed over."""

    def __repr__(self) -> str:
        return "a file"


@dataclass(frozen=True)
class Body:
    """What came, in every way that it can be read; dialects choose, since content types lie.

    raw: the bytes as they came.
    content_type: lower case, without its parameters; empty if there is none.
    fields: the texts of a form by name, in their order.
    parts: all parts of a multipart body, fields and files, in their order.
    json: the JSON object that the body is.
    """

    raw: bytes = b""
    content_type: str = ""
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    json: Mapping[str, Any] | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """The JSON object, or of every field of the form its last text; a file is no value that any option takes."""
        if self.json is not None:
            return self.json
        files = {part.name: _File() for part in self.parts if part.text is None}
        return {name: texts[-1] for name, texts in self.fields.items()} | files

    @property
    def is_picture(self) -> bool:
        """Whether the body as a whole is a picture, and nothing else."""
        return not self.parts and sniff(self.raw) is not None

    @property
    def is_understood(self) -> bool:
        """Whether it is empty, a picture, a form or JSON, and not something of which nothing was read."""
        is_form = self.content_type == _MULTIPART or bool(self.fields)
        return not self.raw or is_form or self.json is not None or self.is_picture

    def texts(self, name: str) -> list[str]:
        """All texts of a field, or of a JSON list."""
        value = self.json.get(name) if self.json is not None else self.fields.get(name, [])
        values = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(text, str) for text in values):
            raise BadRequest(f"{name} must be text, or a list of texts.")
        return values

    def files(self, *names: str) -> list[bytes]:
        """The contents of the files of these names, or of all files."""
        return [part.data for part in self.parts if part.text is None and (not names or part.name in names)]


async def read_body(request: Request, limits: Limits, share: Share) -> bytes:
    """The whole body. Raises TooLarge and TooMany, at once where its length is declared; TooSlow; ClientDisconnect."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise BadRequest("The request's body is compressed (Content-Encoding); send it as it is.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        if int(declared[:20]) > limits.max_body:
            _too_large(limits)
        share.expect(int(declared))
    chunks, size = [], 0
    try:
        async with asyncio.timeout(limits.timeout_s):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limits.max_body:
                    _too_large(limits)
                share.add(len(chunk))
                chunks.append(chunk)
    except TimeoutError as error:
        raise TooSlow(f"The request did not arrive within {limits.timeout_s:g} seconds.") from error
    return b"".join(chunks)


def _too_large(limits: Limits) -> NoReturn:
    raise TooLarge(f"The request is larger than {limits.max_body / 1e6:g} MB.")


def parse_body(body: bytes, content_type: str | None, *, max_parts: int = 64) -> Body:
    """Read a body by its type, and by its content where the type is missing or wrong.

    A picture, or base64 text, under the name of a form or of JSON is left raw. Raises BadRequest for
    malformed multipart, for malformed JSON that begins as an object, for more than `max_parts` fields, for
    a form of another type than it says, and for what is compressed or in UTF-16.
    """
    kind, content = (content_type or "").partition(";")[0].strip().lower(), look(body)
    if kind.startswith("multipart/"):
        if kind != _MULTIPART:
            raise BadRequest(f"A body of the type {quoted(kind)} is not read here: send {_MULTIPART}.")
        if content not in (None, Content.MULTIPART):
            raise mislabelled(content, kind)
        parts = parse_multipart(body, content_type or "", max_parts=max_parts)
        return Body(body, kind, _by_name([(part.name, part.text) for part in parts]), parts)
    if content is Content.MULTIPART or (content is Content.FORM and kind != _FORM):
        raise mislabelled(content, kind)
    if content is Content.JSON:
        return Body(body, kind, json=_parse_json(body))
    if content is not Content.PICTURE and kind == _FORM:
        return Body(body, kind, _by_name(_pairs(body, max_parts)))
    return Body(body, kind)


def _by_name(pairs: list[tuple[str, str | None]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, text in pairs:
        if text is not None:
            fields.setdefault(name, []).append(text)
    return fields


def _pairs(body: bytes, max_fields: int) -> list[tuple[str, str | None]]:
    if body.count(b"&") >= max_fields:
        raise BadRequest(f"The form has more than {max_fields} fields.")
    try:
        return [pair for pair in map(_pair, body.split(b"&")) if any(pair)]
    except UnicodeDecodeError:
        raise BadRequest("The body is neither a picture nor a form in UTF-8.") from None


def _pair(field: bytes) -> tuple[str, str]:
    name, _, text = field.replace(b"+", b" ").partition(b"=")
    return decode_text(unescape(name)), decode_text(unescape(text))


def _parse_json(body: bytes) -> Mapping[str, Any]:
    if body.count(b"[") + body.count(b"{") > _MAX_CONTAINERS or body.count(b",") > _MAX_VALUES:
        raise BadRequest("The JSON has too many values.")
    try:
        value: dict[str, Any] = json.loads(
            decode_text(body, "utf-8-sig"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
        _check(value)
    except UnicodeDecodeError as error:
        raise BadRequest("The JSON is not text in UTF-8.") from error
    except UnicodeEncodeError as error:
        raise BadRequest("The JSON contains half of a surrogate pair, which is no character.") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not valid JSON.") from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("The JSON names a value twice.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadRequest(f"The JSON contains {name}, which is not a number.")


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) == float("inf"):
        raise BadRequest("The JSON contains a number that is too large.")
    return number


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise BadRequest("The JSON contains a number that is too large.")
    return int(text)


def _check(value: Any) -> None:
    """No text that cannot be written again (half of a surrogate pair), nothing nested too deep."""
    level: list[Any] = [value]
    depth = 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise BadRequest(f"The JSON is nested deeper than {_MAX_DEPTH}.")
        items = [item for container in level for item in _items(container)]
        for item in items:
            if isinstance(item, str) and not item.isascii():
                item.encode()
        level = [item for item in items if isinstance(item, dict | list)]


def _items(container: dict[str, Any] | list[Any]) -> list[Any]:
    return [*container, *container.values()] if isinstance(container, dict) else container
