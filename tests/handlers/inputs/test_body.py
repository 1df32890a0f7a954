from __future__ import annotations

import asyncio
import base64
import json
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
    for body in (b"\xfe=\xff", b"a=%ff"):
        assert parse_body(body, "application/x-www-form-urlencoded").fields == {}


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
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_malformed_json_is_refused(body: bytes) -> None:
    if body.startswith(b"{"):
        with pytest.raises(BadRequest):
            parse_body(body, "application/json")
    else:
        assert parse_body(body, "application/json").json is None


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
