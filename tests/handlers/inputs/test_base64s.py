from __future__ import annotations

import base64
import string
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.errors import BadRequest
from handlers.inputs.base64s import decode_base64, image_input, looks_like_url
from handlers.schema import ImageInput

# Its base64 has plus signs, slashes and padding.
DATA = bytes(range(256)) * 3 + b"\xfb\xef\xff>>>???" + b"\xff"
CODE = base64.b64encode(DATA).decode()
URI = "data:image/jpeg;base64,"


def wrapped(length: int, end: str) -> str:
    return end.join(CODE[at : at + length] for at in range(0, len(CODE), length))


FORMS = {
    "plain": CODE,
    "ends in a line": CODE + "\r\n",
    "lines of 76": wrapped(76, "\r\n"),
    "lines of 60": wrapped(60, "\n") + "\n",
    "indented lines": wrapped(64, "\n    "),
    "lines joined by spaces": wrapped(76, " "),
    "data URI": URI + CODE,
    "data URI of another type": "DATA:application/octet-stream;charset=utf-8;Base64,\n" + CODE,
    "data URI without type": "data:;base64," + CODE,
    "data URI of an SVG's type": "data:image/svg+xml;base64," + CODE,
    "no padding": CODE.rstrip("="),
    "too much padding": CODE + "=",
    "URL-safe": base64.urlsafe_b64encode(DATA).decode(),
    "URL-safe without padding": base64.urlsafe_b64encode(DATA).decode().rstrip("="),
    "percent": quote(CODE, safe=""),
    "percent, small letters": quote(CODE, safe="").replace("%2B", "%2b"),
    "percent data URI": quote(URI + CODE, safe=""),
    "plus as space": CODE.replace("+", " "),
    "plus as space in a data URI": URI + CODE.replace("+", " "),
    "quoted": f'"{CODE}"',
    "byte order mark": "\ufeff" + CODE,
    "byte order mark of a data URI": "\ufeff" + URI + CODE,
}


@pytest.mark.parametrize("name", FORMS)
def test_every_usual_form_is_taken(name: str) -> None:
    assert "+" in CODE
    assert CODE.endswith("=")
    assert decode_base64(FORMS[name]) == DATA
    assert decode_base64(FORMS[name].encode()) == DATA
    assert image_input(FORMS[name]) == ImageInput(data=DATA)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "=",
        "data:image/png;base64,",
        "A",
        CODE[:-3],
        "bus.jpg",
        "%",
        "%zz",
        "AAA=A",
        "AA*A",
        "Müller",
        "AAAA\x00",
        "data:image/png,AAAA",
        "data:" + "x" * 500 + ";base64,AAAA",
        "%E4%BD%A0",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        decode_base64(text)


@pytest.mark.parametrize("url", ["http://a/b.jpg", "HTTPS://a.example/b?c=d", " https://a.example/ "])
def test_urls(url: str) -> None:
    assert looks_like_url(url)
    assert image_input(url) == ImageInput(url=url.strip())


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gs://bucket/a.jpg", "ftp://a/b", "C:\\a.jpg", "javascript:1"])
def test_other_schemes(url: str) -> None:
    assert not looks_like_url(url)
    with pytest.raises(BadRequest, match="must begin with http"):
        image_input(url)


@given(st.binary(min_size=1, max_size=200), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_bytes_come_back(data: bytes, safe: bool, padded: bool, percent: bool) -> None:
    code = (base64.urlsafe_b64encode if safe else base64.b64encode)(data).decode()
    code = code if padded else code.rstrip("=")
    assert decode_base64(quote(code, safe="") if percent else code) == data


@given(st.text(alphabet=string.printable + "ä\0", max_size=60))
@settings(max_examples=100, deadline=None)
def test_text_is_decoded_whole_or_refused(text: str) -> None:
    try:
        data = decode_base64(text)
    except BadRequest:
        return
    assert data
    # Every character that is neither space, quote nor padding has gone into the bytes.
    if not set(text) & set("% \"'") and "base64," not in text.lower():
        letters = sum(character in string.ascii_letters + string.digits + "+/-_" for character in text)
        assert len(data) == letters * 6 // 8
