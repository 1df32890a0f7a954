"""Whatever a request holds, every dialect understands it or says what is wrong: nothing but ApiError comes out."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers, QueryParams

from handlers.dialects import DIALECTS
from handlers.dialects.base import Call, Dialect
from handlers.errors import ApiError
from handlers.inputs import decode_base64, parse_body
from handlers.inputs.texts import decode_text, unescape
from model_cache import manifest, metadata
from model_cache.errors import ModelCacheError
from tests.handlers.inputs.test_multiparts import multipart
from tests.hostile.case import PICTURE

NAMES = (
    *("source", "file", "image", "url", "model", "model_id", "conf", "confidence", "iou", "iou_threshold", "imgsz"),
    *("size", "decimals", "normalize", "format", "vid_stride", "max_detections", "overlap", "stroke", "labels"),
    *("class_filter", "classes", "type", "value", "id", "task", "names", "response_mask_format", "api_key"),
    *("visualize_predictions", "keypoint_confidence", "class_agnostic_nms"),
)
ODD = ["", "0", "-1", "1e999", "NaN", "nan", "inf", "0x1", "1_0", "\0", "\ud800".encode("utf-8", "replace").decode()]
SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(ODD)),
    st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**300, -(10**308), 10**400]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
TEXTS = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20) | st.sampled_from(ODD), max_size=6)
PATHS = st.fixed_dictionaries(
    {name: st.text(max_size=12) for name in ("model", "owner", "project", "dataset", "version")}
    | {"task": st.sampled_from(["object_detection", "classification", "nothing"])}
)


def understood(dialect: Dialect, call: Call) -> None:
    assert isinstance(dialect.claims(call), bool)
    try:
        request = dialect.parse(call)
    except ApiError as error:
        answer = dialect.error(error)
    else:
        assert 0 <= request.options.conf <= 1
        assert 0 <= request.options.iou <= 1
        assert request.options.candidates <= 30_000
        assert request.stride >= 1
        return
    assert 400 <= answer.status_code < 500
    assert len(answer.body) < 2000
    assert json.loads(bytes(answer.body))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: type(dialect).__name__)
@given(path=PATHS, query=TEXTS, fields=OBJECTS)
@settings(max_examples=80)
def test_json(dialect: Dialect, path: dict[str, str], query: dict[str, str], fields: dict[str, Any]) -> None:
    try:
        body = parse_body(json.dumps(fields).encode(), "application/json")
    except ApiError:
        return
    understood(dialect, Call("POST", path, QueryParams(query), Headers(), body))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: type(dialect).__name__)
@given(path=PATHS, query=TEXTS, fields=TEXTS, picture=st.booleans())
@settings(max_examples=60)
def test_form(
    dialect: Dialect, path: dict[str, str], query: dict[str, str], fields: dict[str, str], picture: bool
) -> None:
    parts = [(f'name="{name}"', text.encode()) for name, text in fields.items()]
    if picture:
        parts.append(('name="file"; filename="a.jpg"', PICTURE))
    try:
        body = parse_body(multipart(*parts), "multipart/form-data; boundary=AaB03x")
    except ApiError:
        return
    understood(dialect, Call("POST", path, QueryParams(query), Headers(), body))


PIECES = [
    b"--AaB03x",
    b"--AaB03x--",
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b'Content-Disposition: form-data; name="a"',
    b"Content-Disposition: form-data",
    b'; filename="b"',
    b"Content-Type: text/plain",
    b":",
    b'"',
    b"\0",
    b"\xff",
    b"--",
    PICTURE[:40],
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
@settings(max_examples=300)
def test_multipart(body: bytes) -> None:
    try:
        parsed = parse_body(body, "multipart/form-data; boundary=AaB03x")
    except ApiError:
        return
    assert all(part.data in body for part in parsed.parts)


@given(
    st.lists(
        st.sampled_from([b"%", b"%4", b"%41", b"%zz", b"%2b", b"%C3", b"A", b" ", b"\r\n", b"+", b"="]), max_size=40
    )
)
@settings(max_examples=300)
def test_escapes_and_base64(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    assert unescape(text) == unquote_to_bytes(text)
    with suppress(ApiError):
        decode_base64(text)


def test_an_escape_is_not_cut_in_two() -> None:
    for length in range(999_996, 1_000_003):
        text = b"A" * length + b"%41%zz%2B%" + b"B" * 3
        assert unescape(text) == unquote_to_bytes(text)


def test_wide_text_is_limited_by_what_it_would_take() -> None:
    wide = "\U0001f600".encode()
    assert decode_text(wide + bytes(1_000_000))
    assert decode_text(b"a" * 30_000_000 + b"\\u003d")
    for data in (wide + bytes(25_000_000), b"\\u4e00" + bytes(25_000_000)):
        with pytest.raises(ApiError):
            decode_text(data)


@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(["a", "a/b", "../a"]), VALUES, max_size=4))
@settings(max_examples=200)
def test_index(models: dict[str, Any]) -> None:
    for index in (models, {"models": models}):
        try:
            entries = manifest.parse(json.dumps(index).encode()).entries
        except ModelCacheError:
            continue
        assert all(manifest.is_path(entry.id) and manifest.is_path(entry.file) for entry in entries)


SAID = ("task", "names", "stride", "imgsz", "kpt_shape", "channels", "args", "end2end")


@given(
    st.dictionaries(st.sampled_from(SAID), VALUES | VALUES.map(repr) | st.sampled_from(["detect", "pose"]), max_size=8)
)
@settings(max_examples=200)
def test_metadata(said: dict[str, Any]) -> None:
    try:
        read = metadata.read({"task": "detect", "names": {0: "a"}} | said)
    except ModelCacheError:
        return
    assert list(read.names) == list(range(len(read.names)))
    assert all(1 <= side <= 8192 for side in read.imgsz)
