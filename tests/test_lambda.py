"""AWS Lambda: the real runtime client runs the function; answers are the server's, errors the dialect's."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from starlette.types import Message

from handlers import aws
from model_cache.builtin import EXAMPLES, WEIGHTS
from tests.dialects.cases import expected_rows
from tests.support import gcs, s3
from tests.support.gcs import PATIENCE
from tests.support.loopback import QuietHandler, running
from tests.support.runtime_api import PAYLOAD, Lambda
from tests.support.server import ROOT

awslambdaric = pytest.importorskip("awslambdaric", reason="AWS ships its runtime client for Linux alone")

PICTURE = "shapes.jpg"
DATA = (EXAMPLES / PICTURE).read_bytes()
AS_BASE64 = base64.b64encode(DATA).decode()


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lambda]:
    with Lambda(tmp_path_factory.mktemp("lambda")) as running:
        yield running


@pytest.fixture(scope="module")
def client(function: Lambda) -> Iterator[httpx.Client]:
    with function.client() as client:
        yield client


@pytest.fixture(scope="module")
def pattern() -> bytes:
    """Small as lossless WebP and large as JPEG: it may be sent, its annotated form may not be answered."""
    tile = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    encoded: bytes = cv2.imencode(".webp", np.tile(tile, (50, 50, 1)), [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
    assert len(encoded) < 100_000
    return encoded


def test_default_model_is_loaded_before_the_first_call(tmp_path: Path) -> None:
    with Lambda(tmp_path) as function, function.client() as client:
        assert function.waiting.wait(PATIENCE)
        assert client.get("/health").json()["loaded"] is True


@pytest.mark.parametrize(
    "request_",
    [
        {"files": {"file": DATA}},
        {"files": {"source": (None, AS_BASE64)}},
        {"data": {"source": AS_BASE64}},
        {"json": {"source": AS_BASE64}},
        {"content": DATA, "headers": {"content-type": "image/jpeg"}},
        {"content": DATA},
    ],
    ids=["multipart", "multipart field", "form", "JSON", "raw", "raw without a type"],
)
def test_picture_in_every_form(request_: dict[str, Any], client: httpx.Client) -> None:
    answered = client.post("/predict", **request_)
    assert answered.status_code == 200, answered.text
    assert answered.json()["images"][0]["results"] == expected_rows(PICTURE)
    assert answered.headers["x-request-id"]


def test_query_path_and_other_dialects(client: httpx.Client) -> None:
    answered = client.post("/api/models/shapes-pose/predict?conf=0.5&decimals=2", files={"file": DATA})
    assert answered.json()["images"][0]["results"] == expected_rows(PICTURE, "shapes-pose", decimals=2, conf=0.5)
    hosted = client.post("/shapes-detect/1", params={"confidence": 40}, content=AS_BASE64)
    assert len(hosted.json()["predictions"]) == len(expected_rows(PICTURE, conf=0.4))
    assert client.get("/").json()["name"] == "yolo-endpoint"


def test_binary_answer_and_lines(client: httpx.Client) -> None:
    picture = client.post("/predict", files={"file": DATA}, data={"format": "image"})
    assert picture.headers["content-type"] == "image/jpeg"
    assert cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR) is not None
    lines = client.post("/predict", files=[("file", DATA)] * 3, headers={"accept": "application/x-ndjson"})
    assert [json.loads(line)["results"] for line in lines.text.splitlines()] == [expected_rows(PICTURE)] * 3


@pytest.mark.parametrize(
    ("method", "path", "status", "shape"),
    [
        ("POST", "/predict", 400, {"error"}),
        ("GET", "/predict", 405, {"error"}),
        ("POST", "/api/models/nothing/predict", 404, {"error"}),
        ("POST", "/shapes-detect/1", 400, {"message"}),
        ("GET", "/no/such/page/here", 404, {"error"}),
    ],
)
def test_errors_keep_status_and_shape(
    method: str, path: str, status: int, shape: set[str], client: httpx.Client
) -> None:
    files = {"file": DATA} if status == 404 else None
    answered = client.request(method, path, files=files)
    assert answered.status_code == status
    assert set(answered.json()) == shape


@pytest.mark.parametrize(
    ("path", "accept", "shape"),
    [
        ("/predict?format=image", "*/*", {"error"}),
        ("/predict?format=image_and_json", "*/*", {"error"}),
        ("/predict?format=image_and_json", "application/x-ndjson", {"error"}),
        ("/shapes-detect/1?format=image", "*/*", {"message"}),
        ("/v1/predict/shapes-detect?format=image", "*/*", {"success", "message", "data"}),
    ],
)
def test_too_large_an_answer_is_a_413_and_the_process_lives_on(
    path: str, accept: str, shape: set[str], pattern: bytes, function: Lambda
) -> None:
    client, before = function.client(), function.process.pid
    answered = client.post(path, files={"file": pattern}, headers={"accept": accept})
    assert answered.status_code == 413, answered.text[:200]
    assert set(answered.json()) == shape
    assert "6 MB" in answered.text
    assert answered.headers["x-request-id"]
    assert client.post(path, files={"file": DATA}).status_code == 200
    assert (function.process.pid, function.process.poll(), function.errors) == (before, None, [])
    assert "Traceback" not in function.log()


def test_answers_are_measured_as_lambda_measures_them() -> None:
    assert aws._MOST < PAYLOAD
    text = json.dumps({"names": ['"' * 1_000_000, "\x00" * 500_000]})
    escaped = len(json.dumps(text))
    messages: list[Message] = [
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]},
        {"type": "http.response.body", "body": text.encode()},
    ]
    assert aws._size(messages) == escaped > 1.4 * len(text)
    messages[0]["headers"] = [(b"content-type", b"image/jpeg")]
    assert aws._size(messages) == len(base64.b64encode(text.encode()))


class _Silent(QuietHandler):
    closing = threading.Event()

    def do_GET(self) -> None:
        self.closing.wait(PATIENCE)
        self.send_response(404)
        self.end_headers()


def test_call_that_takes_too_long_is_answered_before_lambda_ends_it(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Silent)
    allowed = f"127.0.0.1:{server.server_port}"
    with running(server):
        with (
            Lambda(tmp_path, 2.0, {"URL_ALLOW": allowed, "URL_TIMEOUT_S": "60"}) as function,
            function.client() as client,
        ):
            assert function.waiting.wait(PATIENCE)
            late = client.post("/predict", json={"source": f"http://{allowed}/one.jpg"})
            assert late.status_code == 503
            assert late.json() == {"error": "The answer was not ready in the time that this function may run."}
            assert client.post("/predict", files={"file": DATA}).status_code == 200
        _Silent.closing.set()


@pytest.mark.parametrize("event", [{}, {"key1": "value1"}, [], "text", None])
def test_event_that_is_no_request(event: Any, function: Lambda) -> None:
    answer = function.invoke(event)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"]) == {"error": "This function answers HTTP requests: call its URL."}


def test_weights_from_s3(s3_bucket: s3.FakeS3, tmp_path: Path) -> None:
    s3_bucket.put("helmets.onnx", (WEIGHTS / "shapes-detect.onnx").read_bytes())
    where = {"MODEL_STORE": f"s3://{gcs.BUCKET}"} | s3.environment(s3_bucket.url)
    with Lambda(tmp_path, environment=where) as function, function.client() as client:
        answered = client.post("/predict", files={"file": DATA})
        assert answered.json()["images"][0]["results"] == expected_rows(PICTURE)
        assert answered.json()["metadata"]["model"] == "helmets"


def test_bad_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with Lambda(tmp_path, environment={"QUEUE": "many"}) as function:
        assert function.process.wait(PATIENCE) != 0
        assert "yolo-endpoint cannot start: QUEUE='many' cannot be used: it must be a number." in function.log()


@pytest.mark.parametrize(
    ("environment", "unwanted"),
    [
        ({}, ("mangum", "awslambdaric", "botocore")),
        ({"AWS_LAMBDA_FUNCTION_NAME": "helmets"}, ("functions_framework", "mangum", "botocore")),
    ],
)
def test_neither_pays_for_the_other(environment: dict[str, str], unwanted: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import main, sys; print([n for n in {unwanted} if n in sys.modules])"],
        cwd=ROOT,
        env={"ALLOW_ANONYMOUS": "true"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"  # after what was logged
