"""A body's first bytes -> what it is, whatever its Content-Type says; or the sentence why it is not read."""

from __future__ import annotations

import re
from enum import Enum

from handlers.decode import formats
from handlers.errors import BadRequest
from handlers.params import quoted

_HEAD = 512  # bytes in which a form or a multipart body shows what it is
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{")
_MULTIPART = re.compile(rb"[\r\n]*--[^\r\n]{1,256}\r?\nContent-", re.IGNORECASE)
# Base64 has an equals sign at its end only, and a URL has a colon before its first one.
_FORM = re.compile(rb"[A-Za-z_][\w.\[\]-]{0,63}=[^=\s]")
_PACKED = (
    ("gzip", b"\x1f\x8b\x08"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    ("ZIP", b"PK\x03\x04"),
    *(("zlib", b"\x78" + level) for level in (b"\x01", b"\x9c", b"\xda")),
)
_BYTE_ORDER_MARKS = (
    *(("UTF-32", mark) for mark in (b"\xff\xfe\0\0", b"\0\0\xfe\xff")),
    *(("UTF-16", mark) for mark in (b"\xff\xfe", b"\xfe\xff")),
)
_ASCII = rb"[\t\n\r -~]"
_WIDE = (
    ("UTF-16", re.compile(rb"(?:%b\0){2,32}|(?:\0%b){2,32}" % (_ASCII, _ASCII))),
    ("UTF-32", re.compile(rb"(?:%b\0\0\0){2,16}|(?:\0\0\0%b){2,16}" % (_ASCII, _ASCII))),
)


class Content(Enum):
    """Each value is what an error calls it."""

    PICTURE = "a picture"
    JSON = "JSON"
    MULTIPART = "a multipart form"
    FORM = "a form"


_MEDIA_TYPES = {
    Content.MULTIPART: "multipart/form-data with its boundary",
    Content.FORM: "application/x-www-form-urlencoded",
    Content.JSON: "application/json",
    Content.PICTURE: "the picture's own type",
}


def look(body: bytes) -> Content | None:
    """What the body shows itself to be; None for base64, a URL, and all else. Raises BadRequest for packed bodies."""
    if formats.sniff(body) is not None:
        return Content.PICTURE
    for name, magic in _PACKED:
        if body.startswith(magic):
            raise BadRequest(f"The body is compressed ({name}): send it as it was.")
    if encoding := wide_encoding(body):
        raise BadRequest(f"The body is text in {encoding}: send UTF-8.")
    if _JSON.match(body):
        return Content.JSON
    head = body[:_HEAD]
    if _MULTIPART.match(head):
        return Content.MULTIPART
    return Content.FORM if _FORM.match(head) else None


def wide_encoding(text: bytes) -> str | None:
    """The encoding of text of two or four bytes a character; None for UTF-8 and for what is no text."""
    for name, mark in _BYTE_ORDER_MARKS:
        if text.startswith(mark):
            return name
    return next((name for name, pattern in _WIDE if pattern.match(text)), None)


def mislabelled(content: Content, kind: str) -> BadRequest:
    """kind: the Content-Type that does not fit, without its parameters."""
    declared = f"its Content-Type is {quoted(kind)}" if kind else "it has no Content-Type"
    return BadRequest(f"The body is {content.value}, but {declared}: send {_MEDIA_TYPES[content]}.")
