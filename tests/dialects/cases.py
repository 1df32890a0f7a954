"""Dialect cases: one JSON file, one request and the answer that its vendor's clients need.

    {"request": {"path": "/predict", "files": {"file": "shapes.jpg"}, "fields": {"conf": "0.5"}},
     "answer": {"status": 200, "type": "application/json", "holds": {"images.0.shape": [480, 640]}}}

settings: environment variables of a server for this case alone, where the shared one's will not do;
server: one that several cases share, of those in test_cases.py.
request: method (POST), path, headers, and one body of: files and fields (multipart; a list of pairs
keeps its order), parts (multipart by hand: name, content and, where given, filename and type), form
(urlencoded), json, text. In them "@NAME" stands for the example picture's bytes, and "base64:NAME" for their
base64; "wrapped:", "unpadded:", "urlsafe:", "percent:" and "data:" for what else clients make of that.
answer: status, type, and any of: same_as (the model and options that our own prediction of `picture`
is made with: all rows must be equal), detections_of (likewise, in Roboflow's form), holds (a dotted path ->
value; the empty path is the whole answer), keys, keys_at (a path -> keys), counts (a path -> how many there
are), headers, picture ([width, height]).
"""

from __future__ import annotations

import base64
import io
import json
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import httpx
import numpy as np
import pytest
from PIL import Image

from handlers.geometry import rows
from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.model import Model, open_model
from model_cache.prediction import Options

FOLDER = Path(__file__).parent
_BOUNDARY = "a-boundary"
# What clients make of base64 on its way.
_ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": str,
    "data": "data:image/jpeg;base64,{}".format,
    "wrapped": lambda code: "\r\n".join(textwrap.wrap(code, 76)),
    "unpadded": lambda code: code.rstrip("="),
    "urlsafe": lambda code: code.replace("+", "-").replace("/", "_"),
    "percent": lambda code: quote(code, safe=""),
}


def cases(dialect: str) -> list[Path]:
    return sorted((FOLDER / dialect).glob("*.json"))


def ask(client: httpx.Client, request: dict[str, Any]) -> httpx.Response:
    body: dict[str, Any] = {}
    if "files" in request or "fields" in request:
        fields = [(name, (None, _filled(text))) for name, text in _pairs(request.get("fields", {}))]
        files = [(name, (name, _picture(picture))) for name, picture in _pairs(request.get("files", {}))]
        body["files"] = fields + files
    headers = dict(request.get("headers", {}))
    if "parts" in request:
        headers.setdefault("content-type", f"multipart/form-data; boundary={_BOUNDARY}")
        body["content"] = _multipart(request["parts"])
    for kind, argument in (("form", "data"), ("json", "json"), ("text", "content")):
        if kind in request:
            body[argument] = _filled(request[kind])
    return client.request(request.get("method", "POST"), request["path"], headers=headers, **body)


def check(response: httpx.Response, answer: dict[str, Any]) -> None:
    assert response.status_code == answer["status"], response.text[:500]
    assert response.headers["content-type"].startswith(answer.get("type", "application/json"))
    for name, value in answer.get("headers", {}).items():
        assert response.headers[name] == value
    if "picture" in answer:
        assert list(Image.open(io.BytesIO(response.content)).size) == answer["picture"]
        return
    content = response.json()
    if "same_as" in answer:
        rows = content["images"][0]["results"] if "images" in content else content["data"]
        assert rows == expected_rows(**answer["same_as"])
    for path, value in answer.get("holds", {}).items():
        assert _at(content, path) == value, path
    if "detections_of" in answer:
        check_detections(content["predictions"], expected_rows(**answer["detections_of"]))
    for path, count in answer.get("counts", {}).items():
        assert len(_at(content, path)) == count, path
    for path, keys in answer.get("keys_at", {}).items():
        assert list(_at(content, path)) == keys, path
    if "keys" in answer:
        assert list(content) == answer["keys"]


def check_detections(found: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Roboflow's centres and sizes, against the corners of the other dialects' rows."""
    assert found
    assert [(one["class"], one["class_id"]) for one in found] == [(row["name"], row["class"]) for row in rows]
    for one, row in zip(found, rows, strict=True):
        assert one["confidence"] == pytest.approx(row["confidence"], abs=1e-5)
        corners = np.array(list(row["box"].values())).reshape(-1, 2)
        if len(corners) == 4:
            assert np.array([list(point.values()) for point in one["points"]]) == pytest.approx(corners, abs=1e-4)
        low, high = corners.min(0), corners.max(0)
        assert [one["x"], one["y"]] == pytest.approx((low + high) / 2, abs=1e-4)
        assert [one["width"], one["height"]] == pytest.approx(high - low, abs=1e-4)


def expected_rows(
    picture: str, model: str = "shapes-detect", normalize: bool = False, decimals: int = 5, **options: Any
) -> list[dict[str, Any]]:
    """Rows from the model itself, with nothing of the server between."""
    frame = np.asarray(cv2.imread(str(EXAMPLES / picture)), np.uint8)
    found = rows(_model(model).predict(frame, Options(**options)), normalize=normalize, decimals=decimals)
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


@cache
def _model(name: str) -> Model:
    return open_model(WEIGHTS / f"{name}.onnx")


def _pairs(given: Any) -> list[tuple[str, Any]]:
    return list(given.items()) if isinstance(given, dict) else [(name, value) for name, value in given]


def _picture(name: str) -> bytes:
    return (EXAMPLES / name).read_bytes() if (EXAMPLES / name).exists() else name.encode()


def _multipart(parts: list[dict[str, str]]) -> bytes:
    """As a client writes it that says no more than the case does."""
    lines = []
    for part in parts:
        filename = f'; filename="{part["filename"]}"' if "filename" in part else ""
        lines += [
            f"--{_BOUNDARY}".encode(),
            f'Content-Disposition: form-data; name="{part["name"]}"{filename}'.encode(),
        ]
        lines += [f"Content-Type: {part['type']}".encode()] if "type" in part else []
        content = _filled(part["content"])
        lines += [b"", content if isinstance(content, bytes) else content.encode()]
    return b"\r\n".join([*lines, f"--{_BOUNDARY}--".encode(), b""])


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item) for item in value]
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition(":")
    if kind in _ENCODINGS and (EXAMPLES / name).is_file():
        return _ENCODINGS[kind](base64.b64encode(_picture(name)).decode())
    return _picture(value[1:]) if value.startswith("@") else value


def _at(content: Any, path: str) -> Any:
    for step in filter(None, path.split(".")):
        content = content[int(step)] if step.isdigit() else content[step]
    return content
