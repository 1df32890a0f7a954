"""Text that stands for a picture -> its bytes, or the URL that it is at."""

from __future__ import annotations

import base64
import binascii
import re

from handlers.errors import BadRequest
from handlers.inputs.texts import unescape
from handlers.schema import ImageInput

_DATA_URI = re.compile(rb"data:[^,]{0,256};base64,", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LINE_LENGTHS = (60, 64, 72, 76)  # of the encoders that wrap their lines
_BLOCK = 1_000_000  # bytes of lines joined at once
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def image_input(source: str) -> ImageInput:
    """An http or https URL, or base64; raises BadRequest for any other."""
    source = source.strip()
    if looks_like_url(source):
        return ImageInput(url=source)
    if _SCHEME.match(source) and not source[:5].lower() == "data:":
        raise BadRequest("Image URLs must begin with http:// or https://.")
    return ImageInput(data=decode_base64(source))


def looks_like_url(text: str) -> bool:
    """Whether the text is meant as a web address, a good one or not."""
    return text.lstrip()[:8].lower().startswith(("http://", "https://"))


def decode_base64(text: str | bytes) -> bytes:
    """The bytes of base64 as clients send it; raises BadRequest rather than to guess at damage.

    Taken: a data URI, a byte order mark, quotes around it, wrapped lines, the URL-safe alphabet, missing padding,
    percent encoding, and spaces that were plus signs before a form was decoded.
    """
    try:
        code = text.removeprefix("\ufeff").encode("ascii") if isinstance(text, str) else text
        code = code.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\v\f\"'")
        code = unescape(code)
        if uri := _DATA_URI.match(code):
            code = code[uri.end() :]
        code = _plus_signs(_joined(code.strip())).translate(_URL_SAFE).rstrip(b"=")
        data = base64.b64decode(code + b"=" * (-len(code) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise BadRequest("The image is not valid base64.") from error
    if not data:
        raise BadRequest("The image is empty.")
    return data


def _joined(code: bytes) -> bytes:
    """Without the ends of lines, and the blanks about them.

    Not by a regular expression: one that looks for blanks before an end tries each of a million blanks in turn.
    """
    if b" " not in code and b"\t" not in code:
        return code.translate(None, b"\r\n")
    code = code.replace(b"\r", b"\n")
    blocks, at = [], 0
    while at < len(code):
        end = code.rfind(b"\n", at, at + _BLOCK) + 1 or code.find(b"\n", at) + 1 or len(code)
        blocks.append(b"".join([line.strip(b" \t") for line in code[at:end].split(b"\n")]))
        at = end
    return b"".join(blocks)


def _plus_signs(code: bytes) -> bytes:
    """Spaces as the plus signs that they were, except where they stand for the ends of lines."""
    length = code.find(b" ")
    if length in _LINE_LENGTHS:
        ends = code[length :: length + 1]  # where lines of this length end
        if len(ends) == ends.count(b" ") == code.count(b" "):
            return code.replace(b" ", b"")
    return code.replace(b" ", b"+")
