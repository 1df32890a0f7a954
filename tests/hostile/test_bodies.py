"""Bodies that are broken, endless, too many, or in other words than their headers say."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.handlers.inputs.test_multiparts import WHOLE, multipart
from tests.hostile.case import HOSTED, HUB, INFERENCE, PICTURE, Case, inference, names
from tests.hostile.guard import Guard

CODE = base64.b64encode(PICTURE).decode()
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
BOUNDARY = {"content-type": "multipart/form-data; boundary=AaB03x"}
FILE = ('name="file"; filename="a.jpg"', PICTURE)
LARGE = 95_000_000


def body(content: bytes, headers: dict[str, str]) -> dict[str, Any]:
    return {"content": content, "headers": headers}


def chunked(count: int) -> Iterator[bytes]:
    """Without a length, as an iterator is sent."""
    yield from (bytes(1_000_000) for _ in range(count))


def in_pieces(data: bytes) -> Iterator[bytes]:
    yield from (data[at : at + 1] for at in range(len(data)))


def field(name: str, value: bytes) -> bytes:
    return multipart(FILE, (f'name="{name}"', value))


def option(head: str, value: bytes = b"0.9", name: str = "conf") -> bytes:
    """A picture, and beside it an option in another form than a field of text."""
    return multipart(FILE, (f'name="{name}"{head}', value))


MULTIPART = [
    Case("no parts", 400, body(b"--AaB03x--\r\n", BOUNDARY)),
    Case("cut", 400, body(WHOLE[:-8], BOUNDARY)),
    Case("another boundary", 400, body(WHOLE, {"content-type": "multipart/form-data; boundary=other"})),
    Case("boundary of 10,000", 400, body(WHOLE, {"content-type": "multipart/form-data; boundary=" + "b" * 10_000})),
    Case("boundary everywhere", 400, body(b"--AaB03x\r\n" * 500_000, BOUNDARY)),
    Case("nearly boundaries", 400, body(b"\r\n--AaB03" * 1_000_000, BOUNDARY)),
    Case("headers of 1 MB", 400, body(b"--AaB03x\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n", BOUNDARY)),
    Case("10,000 fields", 400, body(multipart(FILE, *[(f'name="{n}"', b"") for n in range(10_000)]), BOUNDARY)),
    Case("65 files", 400, body(multipart(*[FILE] * 65), BOUNDARY)),
    Case("twice the file", 200, body(multipart(FILE, FILE), BOUNDARY)),
    Case("nested", 400, body(multipart(('name="file"; filename="a"', WHOLE)), BOUNDARY)),
    Case("a value with a zero", 400, body(field("conf", b"0.5\0"), BOUNDARY)),
    Case("a value that is no text", 400, body(field("conf", b"\xff\xfe"), BOUNDARY)),
    Case("a value in UTF-16", 400, body(field("conf", "0.9".encode("utf-16")), BOUNDARY)),
    Case("an option as a JSON part", 400, body(option("\r\nContent-Type: application/json"), BOUNDARY)),
    Case("options as a JSON part", 400, body(option("\r\nContent-Type: application/json", b'{"a": 1}'), BOUNDARY)),
    Case("an option as a file", 400, body(option('; filename="conf.txt"'), BOUNDARY)),
    Case("an option as bytes", 400, body(option("\r\nContent-Type: application/octet-stream"), BOUNDARY)),
    Case("an option that is a picture", 400, body(option("", PICTURE), BOUNDARY)),
    Case("an option in base64", 400, body(option("\r\nContent-Transfer-Encoding: base64", b"MC45"), BOUNDARY)),
    Case("a flag as a file", 400, body(option('; filename="x"', b"true", "normalize"), BOUNDARY)),
    Case(
        "a model as a file", 400, {"url": "/", **body(option('; filename="x"', b"shapes-obb", "model"), BOUNDARY)}, HUB
    ),
    Case("a source as a file", 400, body(option('; filename="x"', PICTURE, "source"), BOUNDARY)),
    Case("an option of the query in the body", 400, body(field("confidence", b"90"), BOUNDARY), HOSTED),
    Case("an empty file", 400, body(multipart(('name="file"; filename="a.jpg"', b"")), BOUNDARY)),
    Case("an empty file, then a good one", 400, body(multipart(('name="file"; filename="a"', b""), FILE), BOUNDARY)),
    Case("multipart as text", 400, body(WHOLE, {"content-type": "text/plain"})),
    Case("multipart as JSON", 400, body(WHOLE, JSON), INFERENCE),
    Case("multipart as a form", 400, body(WHOLE, FORM), HOSTED),
    Case("multipart without a type", 400, body(WHOLE, {}), HUB),
    Case("multipart/mixed", 400, body(WHOLE, {"content-type": "multipart/mixed; boundary=AaB03x"})),
    Case("JSON as multipart", 400, body(b'{"source": "a"}', BOUNDARY)),
    Case("a picture as multipart", 400, body(PICTURE, BOUNDARY)),
    Case("name of 7,000", 200, body(field("n" * 7000, b"1"), BOUNDARY)),
    Case(
        "file names lead elsewhere", 200, body(multipart(('name="file"; filename="../../../x\0"', PICTURE)), BOUNDARY)
    ),
]
SIZES = [
    Case("chunked, byte by byte", 200, lambda: {"content": in_pieces(PICTURE)}),
    Case("chunked, 101 MB", 413, lambda: {"content": chunked(101)}),
    Case("95 MB of zeros", 400, lambda: body(bytes(LARGE), {})),
    Case("95 MB of base64", 400, lambda: body(b"A" * LARGE, {})),
    Case("95 MB of base64 in JSON", 400, lambda: body(b'{"source": "' + b"A" * LARGE + b'"}', JSON)),
    Case("95 MB of base64 in a form", 400, lambda: body(b"source=" + b"A" * LARGE, FORM)),
    Case("95 MB of base64 in multipart", 400, lambda: body(field("source", b"A" * LARGE), BOUNDARY)),
    Case("40 MB of spaces", 400, lambda: body(b'{"source": "A' + b" " * 40_000_000 + b'A"}', JSON)),
    Case("1 MB of spaces, then an end of line", 400, lambda: body(b'{"source": "A' + b" " * 10**6 + b'\\nA"}', JSON)),
    Case("30 MB of ends of lines", 400, lambda: body(b'{"source": "A' + b" \\n" * 10**7 + b'A"}', JSON)),
    Case("30 MB of escapes", 400, lambda: body(b"source=" + b"%41" * 10**7, FORM)),
    Case("30 MB of percents", 400, lambda: body(b"source=" + b"%" * 3 * 10**7, FORM)),
    Case("90 MB of JSON with an emoji", 400, lambda: body('{"a": "😀'.encode() + b"a" * 90_000_000 + b'"}', JSON)),
    Case("90 MB of JSON, \\u", 400, lambda: body(b'{"a": "\\u4e00' + b"a" * 90_000_000 + b'"}', JSON)),
    Case("90 MB form with an emoji", 400, lambda: body("a=😀".encode() + b"a" * 90_000_000, FORM)),
    Case("90 MB of digits", 400, lambda: body(b'{"conf": ' + b"1" * 90_000_000 + b"}", JSON)),
]
TEXTS = [
    Case("depth of 200,000", 400, body(b'{"a":' * 200_000 + b"1" + b"}" * 200_000, JSON)),
    Case("lists of 200,000", 400, body(b'{"a":' + b"[" * 200_000, JSON)),
    Case("wide", 400, body(json.dumps({str(n): n for n in range(300_000)}).encode(), JSON)),
    Case("the same key twice", 400, body(b'{"source": "a", "source": "b"}', JSON)),
    Case("NaN", 400, body(b'{"source": "' + CODE.encode() + b'", "conf": NaN}', JSON)),
    Case("5,000 digits", 400, body(b'{"conf": ' + b"9" * 5000 + b"}", JSON)),
    Case("half a surrogate", 400, body(b'{"source": "\\ud800"}', JSON)),
    Case("cut JSON", 400, body(b'{"source": "' + CODE.encode(), JSON)),
    Case("a list", 400, body(b"[1]", JSON)),
    Case("null", 400, body(b"null", JSON)),
    Case("UTF-16", 400, body('{"source": "a"}'.encode("utf-16"), JSON)),
    Case("UTF-16 without a mark", 400, body('{"source": "a"}'.encode("utf-16-be"), JSON), INFERENCE),
    Case("base64 in UTF-16", 400, body(CODE.encode("utf-16"), {"content-type": "text/plain"}), HOSTED),
    Case("base64 with a byte order mark", 200, body(b"\xef\xbb\xbf" + CODE.encode(), FORM), HOSTED),
    Case("JSON with a byte order mark", 200, body(b"\xef\xbb\xbf" + json.dumps({"source": CODE}).encode(), JSON)),
    Case("a form in UTF-16", 400, body(f"source={CODE[:60]}".encode("utf-16"), FORM)),
    Case("a form in Latin-1", 400, {"params": {"source": CODE}, **body(b"conf=0.9&a=\xe4", FORM)}),
    Case("a form without a type", 400, body(b"conf=0.9&source=" + CODE.encode(), {})),
    Case("a form as JSON", 400, body(b"conf=0.9&source=" + CODE.encode(), JSON), HUB),
    Case("base64 in the body, a picture in the query", 400, {"params": {"source": CODE}, **body(b"MC45", JSON)}),
    Case("a list in the body, a picture in the query", 400, {"params": {"source": CODE}, **body(b"[1]", JSON)}),
    Case("compressed JSON", 400, body(gzip.compress(b'{"source": "a"}'), JSON)),
    Case("a compressed picture", 400, body(gzip.compress(PICTURE), {"content-type": "image/jpeg"}), HOSTED),
    Case("an id of 1 MB", 422, inference({"type": "base64", "value": CODE}, id="i" * 1_000_000), INFERENCE),
    Case("9,000 images that are none", 422, inference([2**64] * 9_000), INFERENCE),
    Case("9,000 classes that are none", 422, inference({}, class_filter=[10**300] * 9_000), INFERENCE),
    Case("1,000 sources", 400, {"json": {"source": [CODE] * 1000}}),
    Case("1,000 URLs", 400, {"json": {"source": ["http://a.invalid/"] * 1000}}),
    Case("1,000 images", 400, inference([{"type": "base64", "value": "AAAA"}] * 1000), INFERENCE),
    Case("source is a number", 400, {"json": {"source": 1}}),
    Case("source is an object", 400, {"json": {"source": {"a": [1]}}}),
    Case("65 fields of a form", 400, body(b"a=1&" * 65, FORM)),
    Case("ampersands", 400, body(b"&" * 1_000_000, FORM)),
    Case("compressed", 400, body(gzip.compress(PICTURE), {"content-encoding": "gzip"})),
    Case("compressed bomb", 400, body(gzip.compress(bytes(50_000_000)), {"content-encoding": "gzip"} | JSON)),
    Case("said to be compressed", 400, body(PICTURE, {"content-encoding": "br"})),
    *(
        Case(f"a picture as {kind}", 200, body(PICTURE, {"content-type": kind}))
        for kind in ("application/json", "text/html", "image/svg+xml", "a" * 900, "application/x-www-form-urlencoded")
    ),
    Case("base64 as an image", 200, body(CODE.encode(), {"content-type": "image/jpeg"}), HOSTED),
    Case("JSON as a form", 200, body(json.dumps({"source": CODE}).encode(), FORM)),
    Case("JSON as a form after blanks", 200, body(b" \n" * 5000 + json.dumps({"source": CODE}).encode(), FORM)),
]


def variants() -> list[Case]:
    """Base64 in a form: read whole, or refused, and never something else."""
    forms = {
        "plain": (200, CODE),
        "spaces for plus signs": (200, CODE.replace("+", " ")),
        "url-safe": (200, CODE.replace("+", "-").replace("/", "_").rstrip("=")),
        "MIME": (200, "\r\n".join(CODE[at : at + 76] for at in range(0, len(CODE), 76))),
        "data URI": (200, f"data:image/jpeg;base64,{CODE}"),
        "data URI of another type": (200, f"data:text/html;base64,{CODE}"),
        "half": (400, CODE[: len(CODE) // 8 * 4]),
        "a letter short": (400, CODE.rstrip("=")[:-3]),
        "twice": (400, base64.b64encode(CODE.encode()).decode()),
        "asterisks": (400, CODE.replace("A", "*")),
        "padding within": (400, CODE[:400] + "==" + CODE[400:]),
        "hexadecimal": (400, PICTURE.hex()),
        "data URI without base64": (400, "data:image/jpeg," + CODE),
        "nothing": (400, "data:image/jpeg;base64,"),
    }
    return [Case(name, status, {"data": {"source": text}}, HUB) for name, (status, text) in forms.items()]


@pytest.mark.parametrize(**names([*MULTIPART, *TEXTS, *variants()]))
def test_body(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.parametrize(**names(SIZES))
def test_size(case: Case, guard: Guard) -> None:
    guard.ask(case)
