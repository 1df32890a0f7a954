"""Text that stands for a picture -> its bytes, or the URL that it is at."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from handlers.errors import BadRequest
from handlers.schema import ImageInput

_DATA_URI = re.compile(rb"data:[^,]{0,256};base64,", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WRAP = re.compile(rb"[ \t]*[\r\n]+[ \t]*")
_LINE_LENGTHS = (60, 64, 72, 76)  # of the encoders that wrap their lines
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

    Taken: a data URI, quotes around it, wrapped lines, the URL-safe alphabet, missing padding, percent
    encoding, and spaces that were plus signs before a form was decoded.
    """
    try:
        code = text.encode("ascii") if isinstance(text, str) else text
        code = code.strip(b" \t\r\n\v\f\"'")
        if b"%" in code:
            code = unquote_to_bytes(code)
        if uri := _DATA_URI.match(code):
            code = code[uri.end() :]
        code = _plus_signs(_WRAP.sub(b"", code.strip())).translate(_URL_SAFE).rstrip(b"=")
        data = base64.b64decode(code + b"=" * (-len(code) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise BadRequest("The image is not valid base64.") from error
    if not data:
        raise BadRequest("The image is empty.")
    return data


def _plus_signs(code: bytes) -> bytes:
    """Spaces as the plus signs that they were, except where they stand for the ends of lines."""
    if b" " not in code:
        return code
    first, *others = code.split(b" ")
    wrapped = len(first) in _LINE_LENGTHS and all(len(line) == len(first) for line in others[:-1])
    if wrapped and len(others[-1]) <= len(first):
        return code.replace(b" ", b"")
    return code.replace(b" ", b"+")
