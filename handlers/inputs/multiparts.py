"""A multipart/form-data body -> its parts (RFC 7578).

Not python-multipart's parser: that one steps through near-boundaries byte by byte, a quarter of a second
for each megabyte of them, and does not say that a body was cut off. The whole body is here anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from python_multipart.multipart import parse_options_header

from handlers.decode import formats
from handlers.errors import BadRequest
from handlers.inputs.content import wide_encoding
from handlers.inputs.texts import decode_text
from handlers.params import quoted
from handlers.video.sniff import is_video

_MAX_HEADERS = 8192  # bytes of one part's headers
_MAX_TYPE = 1024  # characters of the Content-Type header
_MAX_BOUNDARY = 256  # RFC 2046 allows 70
_PLAIN_ENCODINGS = ("", "7bit", "8bit", "binary")  # Content-Transfer-Encodings that change nothing
_FIRST_LINE = re.compile(rb"(?:\r\n)?--([^\r\n]{1,256}?)[ \t]*\r\n")


@dataclass(frozen=True)
class Part:
    """One part. A file's name and type are what the client says; None where it says nothing."""

    name: str
    data: bytes
    filename: str | None = None
    content_type: str | None = None

    @property
    def media_type(self) -> str:
        """In lower case, without its parameters; empty if there is none."""
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def claims_text(self) -> bool:
        """Whether it has neither a file's name nor a file's type."""
        return self.filename is None and (not self.media_type or self.media_type.startswith("text/"))

    @cached_property
    def text(self) -> str | None:
        """The value of a field; None for a file, which may come without a name, too."""
        if not self.claims_text or b"\0" in self.data:
            return None
        try:
            return decode_text(self.data)
        except (UnicodeDecodeError, BadRequest):
            return None


def parse_multipart(body: bytes, content_type: str, *, max_parts: int) -> tuple[Part, ...]:
    """The parts of `body` in their order; raises BadRequest."""
    if len(content_type) > _MAX_TYPE:
        raise BadRequest("The Content-Type header is too long.")
    parts: list[Part] = []
    for head, data in _pieces(body, _boundary(body, content_type)):
        if len(parts) == max_parts:
            raise BadRequest(f"The multipart body has more than {max_parts} parts.")
        parts.append(_part(head, data))
    # An empty file field of a browser's form is a part with an empty name and no content.
    return tuple(part for part in parts if part.data or part.filename != "")


def _boundary(body: bytes, content_type: str) -> bytes:
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        # Clients that set the header by hand forget it (ultralytics/hub#862); the body shows it.
        first = _FIRST_LINE.match(body)
        boundary = first[1] if first else b""
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        raise BadRequest("The multipart body has no boundary.")
    return boundary


def _pieces(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Headers and content of every part."""
    delimiter = b"\r\n--" + boundary
    # The first delimiter begins the body, or follows a preamble.
    at = len(delimiter) - 2 if body.startswith(delimiter[2:]) else _after(body, delimiter, 0)
    while not body.startswith(b"--", at):
        line = body.find(b"\r\n", at, at + _MAX_HEADERS)
        if line < 0 or body[at:line].strip(b" \t"):
            raise BadRequest("The multipart body is malformed: its boundary stands where it should not.")
        # A part without headers has its empty line right here, hence the search from the boundary's own end.
        blank = body.find(b"\r\n\r\n", line, line + _MAX_HEADERS)
        if blank < 0:
            raise BadRequest("The multipart body is malformed: a part has no end of headers.")
        end = _after(body, delimiter, blank + 4)
        yield body[line + 2 : blank], body[blank + 4 : end - len(delimiter)]
        at = end


def _after(body: bytes, delimiter: bytes, start: int) -> int:
    found = body.find(delimiter, start)
    if found < 0:
        raise BadRequest("The multipart body is cut off, or its boundary is not the one that it announces.")
    return found + len(delimiter)


def _part(head: bytes, data: bytes) -> Part:
    headers = dict(_header(line) for line in head.split(b"\r\n"))
    disposition, options = parse_options_header(headers.get("content-disposition", ""))
    if disposition != b"form-data" or b"name" not in options:
        raise BadRequest("The multipart body is malformed: a part has no name.")
    filename = options.get(b"filename")
    part = Part(
        name=_decode(options[b"name"]),
        data=data,
        filename=None if filename is None else _decode(filename),
        content_type=headers.get("content-type"),
    )
    _check(part, headers.get("content-transfer-encoding", "").lower())
    return part


def _check(part: Part, transfer_encoding: str) -> None:
    """Raises BadRequest for what is neither a field nor a file: passed over, it would be answered by a default."""
    name = quoted(part.name)
    if transfer_encoding not in _PLAIN_ENCODINGS:
        coding = quoted(transfer_encoding)
        raise BadRequest(f"The part {name} has the Content-Transfer-Encoding {coding}: send its bytes as they are.")
    if part.media_type.endswith("json"):
        kind = quoted(part.media_type)
        raise BadRequest(f"The part {name} is of the type {kind}: send each option as a field of its own, as text.")
    if not part.claims_text:
        if not part.data and part.filename != "":
            raise BadRequest(f"The file {quoted(part.filename or part.name)} is empty.")
    elif part.text is None and formats.sniff(part.data) is None and not is_video(part.data):
        encoding = wide_encoding(part.data)
        what = f"is text in {encoding}: send UTF-8" if encoding else "is neither text in UTF-8 nor a picture"
        raise BadRequest(f"The field {name} {what}.")


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.partition(b":")
    # parse_options_header takes Latin-1, from which the bytes come back as they were.
    return name.decode("latin-1").strip().lower(), value.decode("latin-1").strip()


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
