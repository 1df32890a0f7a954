from __future__ import annotations

import asyncio
import base64
import gzip
import json
import zlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request

from handlers.errors import BadRequest, TooLarge, TooSlow
from handlers.inputs import Limits, Room, Share, parse_body, read_body
from tests.handlers.inputs.test_multiparts import multipart

PICTURE = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256))
FORM = "multipart/form-data"


def messages(chunks: Iterable[bytes], *, gone: bool = False) -> list[dict[str, Any]]:
    found = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    return [*found, {"type": "http.disconnect"} if gone else {"type": "http.request", "more_body": False}]


def share(most: int = 10**9) -> Share:
    return Share(Room(most))


def read(chunks: Iterable[bytes], limits: Limits, *, declared: str | None = None, gone: bool = False) -> bytes:
    waiting = iter(messages(chunks, gone=gone))

    async def receive() -> dict[str, Any]:
        return next(waiting)

    headers = [] if declared is None else [(b"content-length", declared.encode())]
    return asyncio.run(read_body(Request({"type": "http", "headers": headers}, receive), limits, share()))


def test_the_whole_body_is_read() -> None:
    assert read([b"ab", b"", b"cde"], Limits(max_body=5)) == b"abcde"
    assert read([], Limits()) == b""


def test_a_declared_length_is_refused_before_reading() -> None:
    with pytest.raises(TooLarge, match="larger than 5e-06 MB"):
        read([], Limits(max_body=5), declared="6")
    for huge in ("10000000000", "9" * 5000):
        with pytest.raises(TooLarge):
            read([b"unread"], Limits(), declared=huge)


def test_an_undeclared_length_is_refused_while_reading() -> None:
    with pytest.raises(TooLarge):
        read([b"abc", b"def"], Limits(max_body=5))


def test_a_client_that_has_gone_is_told_apart() -> None:
    with pytest.raises(ClientDisconnect):
        read([b"abc"], Limits(), gone=True)


def test_a_body_that_does_not_arrive_is_given_up() -> None:
    async def stall() -> bytes:
        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        return await read_body(Request({"type": "http", "headers": []}, receive), Limits(timeout_s=0.02), share())

    with pytest.raises(TooSlow, match=r"within 0\.02 seconds"):
        asyncio.run(stall())


def test_a_form_without_files() -> None:
    source = base64.b64encode(PICTURE).decode()
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    body = parse_body(urlencode([("source", source), ("conf", "1"), ("conf", ""), ("ä", "+ &")]).encode(), kind)
    assert body.fields == {"source": [source], "conf": ["1", ""], "ä": ["+ &"]}
    with pytest.raises(BadRequest, match="more than 64 fields"):
        parse_body(b"a=1&" * 64 + b"a=1", kind)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "image/jpeg", "", None])
@pytest.mark.parametrize(
    "body", [PICTURE, base64.b64encode(PICTURE * 50), b"", b'"' + base64.b64encode(PICTURE) + b'"']
)
def test_a_bare_picture_or_base64_is_kept_whatever_its_type(body: bytes, kind: str | None) -> None:
    parsed = parse_body(body, kind)
    assert parsed.raw == body
    assert parsed.json is None
    assert parsed.parts == ()


def test_curl_names_any_picture_a_form() -> None:
    assert parse_body(PICTURE + b"&" * 99, "application/x-www-form-urlencoded").fields == {}


@pytest.mark.parametrize("body", [b"\xfe=\xff", b"a=%ff", b"conf=0.9&a=\xe4"])
def test_a_form_that_is_not_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="neither a picture nor a form in UTF-8"):
        parse_body(body, "application/x-www-form-urlencoded")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain", None])
def test_json(kind: str | None) -> None:
    content = {"image": {"type": "base64", "value": "x" * 2_000_000}, "confidence": 0.4, "n": None, "ä": ["ö", 1]}
    for body in (json.dumps(content).encode(), b"\xef\xbb\xbf \r\n" + json.dumps(content, ensure_ascii=False).encode()):
        parsed = parse_body(body, kind)
        assert parsed.json == parsed.values == content
        assert parsed.raw == body


def test_json_depth() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' + b"[" * (depth - 1) + b"1" + b"]" * (depth - 1) + b"}"

    assert parse_body(nested(100), "application/json").json
    for depth in (101, 5000, 200_000):
        with pytest.raises(BadRequest):
            parse_body(nested(depth), "application/json")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": 1}}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xff"}',
        b'{"a": [' + b"[]," * 20_000 + b"[]]}",
        b'{"a": [' + b"0," * 200_000 + b"0]}",
        b'{"a": ' + b"9" * 310 + b"}",
        b'{"a": -' + b"9" * 309 + b"}",
    ],
)
def test_malformed_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_body(body, "application/json")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": "\xff"}', "not text in UTF-8"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": 1' + b"0" * 400 + b"}", "a number that is too large"),
        (b'{"a": 1e400}', "a number that is too large"),
        (b'{"a": NaN}', "NaN, which is not a number"),
    ],
)
def test_json_says_what_is_wrong_with_it(body: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse_body(body, "application/json")


JSON, FORM_BODY, PARTS = b'{"conf": 0.9}', b"conf=0.9", multipart(('name="conf"', b"0.9"))
URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        *(
            (PARTS, kind, "is a multipart form, but")
            for kind in ("text/plain", "application/json", URLENCODED, "", None)
        ),
        (PARTS, "image/jpeg; q=1", 'its Content-Type is "image/jpeg": send multipart/form-data with its boundary'),
        (PARTS.replace(b"\r\n", b"\n"), "text/plain", "is a multipart form"),
        (b"\r\n" + PARTS, None, "it has no Content-Type"),
        *((PARTS, f"multipart/{kind}; boundary=AaB03x", f'"multipart/{kind}" is not read') for kind in ("mixed", "x")),
        *((FORM_BODY, kind, "is a form, but") for kind in ("text/plain", "application/json", "image/png", "", None)),
        (FORM_BODY, f"{FORM}; boundary=AaB03x", "is a form, but its Content-Type is"),
        (JSON, f"{FORM}; boundary=AaB03x", "is JSON, but its Content-Type is"),
        (b" \n" * 200 + JSON, FORM, "is JSON, but"),
        (PICTURE, FORM, "is a picture, but"),
        *((gzip.compress(data), "application/json", "compressed .gzip.") for data in (JSON, PICTURE, PARTS)),
        (zlib.compress(JSON), "application/json", "compressed .zlib."),
        (b"\x28\xb5\x2f\xfd" + JSON, "application/json", "compressed .zstd."),
        (b"PK\x03\x04" + PICTURE, "application/zip", "compressed .ZIP."),
        *(
            (text.decode().encode(encoding), kind, f"is text in {encoding[:6].upper()}: send UTF-8")
            for text in (JSON, FORM_BODY, PARTS, base64.b64encode(PICTURE), b"\r\n" + JSON)
            for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
            for kind in ("application/json", URLENCODED, "text/plain", None)
        ),
    ],
)
def test_a_body_in_other_words_than_its_type_says_what_it_is(body: bytes, kind: str | None, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse_body(body, kind)


@pytest.mark.parametrize("blanks", [0, 1, 63, 64, 65, 5000])
def test_json_may_begin_with_blanks_whatever_its_type(blanks: int) -> None:
    for kind in (URLENCODED, "text/plain", "application/json", None):
        for mark in (b"", b"\xef\xbb\xbf"):
            assert parse_body(mark + b" \r\n\t"[:1] * blanks + JSON, kind).json == {"conf": 0.9}


@given(st.binary(min_size=1, max_size=200), st.booleans(), st.sampled_from([0, 1, 64, 76]))
@settings(max_examples=200, deadline=None)
def test_base64_is_never_taken_for_something_else(data: bytes, padded: bool, width: int) -> None:
    code = base64.b64encode(data) if padded else base64.b64encode(data).rstrip(b"=")
    code = b"\r\n".join(code[at : at + width] for at in range(0, len(code), width)) + b"\r\n" if width else code
    for kind in (None, "text/plain", "application/json", "image/jpeg"):
        assert parse_body(code, kind).raw == code


KINDS = [
    None,
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "image/png",
    FORM,
    f"{FORM}; boundary=AaB03x",
]


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    b"--AaB03x",
                    b"\r\n",
                    b"--",
                    b"Content-Disposition: form-data",
                    b'; name="',
                    b'"',
                    b";",
                    b"a=",
                    b"&",
                    b"%ff",
                    b"{",
                    b"}",
                    b'"a":',
                    b"[",
                    b"]",
                    b",",
                    b"\\ud800",
                    b"1e9",
                    b"\xff\xd8\xff",
                    b"\x00",
                    b" ",
                ]
            ),
            max_size=40,
        ).map(b"".join),
    ),
    st.one_of(st.sampled_from(KINDS), st.text(max_size=60)),
)
@example(b"--\r\n\r\n\r\n--", FORM)
@example(multipart(('name="a"', b"1")), FORM)
@settings(max_examples=150, deadline=None)
def test_any_body_is_read_or_refused(body: bytes, kind: str | None) -> None:
    try:
        parsed = parse_body(body, kind)
    except BadRequest:
        return
    assert parsed.raw == body
    assert all(isinstance(text, str) for texts in parsed.fields.values() for text in texts)
    assert len(parsed.files()) + sum(map(len, parsed.fields.values())) >= len(parsed.parts)
