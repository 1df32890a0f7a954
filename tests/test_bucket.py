"""The real server with its weights in a bucket: cold, stampeded, damaged, away, and repaired."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from model_cache.builtin import EXAMPLES, WEIGHTS
from tests.dialects.cases import expected_rows
from tests.support import gcs, s3
from tests.support.server import Server, free_port

WEIGHT_FILE = "shapes-detect.onnx"
WHOLE = (WEIGHTS / WEIGHT_FILE).read_bytes()
PICTURE = "shapes.jpg"


def index(**changes: Any) -> dict[str, Any]:
    entry = {"file": WEIGHT_FILE, "sha256": hashlib.sha256(WHOLE).hexdigest(), "size": len(WHOLE)}
    return {"helmets": entry | changes}


@pytest.fixture
def filled() -> gcs.FakeBucket:
    bucket = gcs.FakeBucket()
    bucket.put(WEIGHT_FILE, WHOLE)
    bucket.put_index(index())
    return bucket


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[str], Server]]:
    """Starts a server whose store is that bucket; the folder it keeps weights in is tmp_path/cache."""
    with ExitStack() as stack:

        def start(url: str) -> Server:
            server = Server(tmp_path, MODEL_STORE=f"gs://{gcs.BUCKET}", STORAGE_EMULATOR_HOST=url)
            return stack.enter_context(server)

        yield start


def ask(server: Server) -> httpx.Response:
    with server.client() as client:
        return client.post("/predict", files={"file": (EXAMPLES / PICTURE).read_bytes()})


def assert_answers(response: httpx.Response) -> None:
    assert response.status_code == 200, response.text
    assert response.json()["metadata"]["model"] == "helmets"
    assert response.json()["images"][0]["results"] == expected_rows(PICTURE)


def kept(tmp_path: Path) -> list[bytes]:
    return [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_sixteen_first_requests_are_one_download(
    filled: gcs.FakeBucket, serve: Callable[[str], Server], tmp_path: Path
) -> None:
    with gcs.serve(filled), ThreadPoolExecutor(16) as pool:
        with filled.hold_media():
            server = serve(filled.url)
            requests = [pool.submit(ask, server) for _ in range(16)]
            filled.wait_for("media", 1)
        for request in requests:
            assert_answers(request.result())
        assert filled.calls["media"] == 1
        assert all(content == WHOLE for content in kept(tmp_path))


def test_emulator_serves_the_weights(emulator: Any, serve: Callable[[str], Server]) -> None:
    uploads, url = emulator
    uploads.blob(WEIGHT_FILE).upload_from_string(WHOLE)
    server = serve(url)
    response = ask(server)
    assert response.status_code == 200
    assert response.json()["metadata"]["model"] == "shapes-detect"  # without an index, the file's name
    assert response.json()["images"][0]["results"] == expected_rows(PICTURE)


def test_s3_serves_the_weights(s3_bucket: s3.FakeS3, tmp_path: Path) -> None:
    s3_bucket.put(f"models/{WEIGHT_FILE}", WHOLE)
    s3_bucket.put_index(index(), "models/")
    where = s3.environment(s3_bucket.url)
    with Server(tmp_path, MODEL_STORE=f"s3://{gcs.BUCKET}/models", **where) as server:
        assert_answers(ask(server))
        assert s3_bucket.calls["media"] == 1
        assert all(content == WHOLE for content in kept(tmp_path))


@pytest.mark.parametrize("fault", ["damaged", "cut", "sha256", "size", "not a model"])
def test_bad_weights_are_a_clear_503_until_repaired(
    fault: str, filled: gcs.FakeBucket, serve: Callable[[str], Server], tmp_path: Path
) -> None:
    if fault == "damaged":
        filled.put(WEIGHT_FILE, WHOLE[:1000] + b"damage" + WHOLE[1006:])
    elif fault == "cut":
        filled.put(WEIGHT_FILE, WHOLE[: len(WHOLE) // 2])
    elif fault == "not a model":
        other = b"<html>Sorry</html>"
        filled.put(WEIGHT_FILE, other)
        filled.put_index(index(sha256=hashlib.sha256(other).hexdigest(), size=len(other)))
    else:
        filled.put_index(index(**{fault: "0" * 64 if fault == "sha256" else 17}))
    with gcs.serve(filled):
        server = serve(filled.url)
        for _ in range(2):
            response = ask(server)
            assert response.status_code == 503, response.text
            assert "helmets" in response.json()["error"]
            assert str(tmp_path) not in response.text
            assert "Traceback" not in response.text
        assert WHOLE not in kept(tmp_path)
        filled.put(WEIGHT_FILE, WHOLE)
        filled.put_index(index())
        response = ask(server)
        while response.status_code == 503:  # a changed index is read again after a second at the latest
            response = ask(server)
        assert_answers(response)


def test_bucket_away_is_a_503_until_it_is_back(filled: gcs.FakeBucket, serve: Callable[[str], Server]) -> None:
    port = free_port()
    server = serve(f"http://127.0.0.1:{port}")
    response = ask(server)
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert str(port) not in response.text
    with gcs.serve(filled, port):
        response = ask(server)
        while response.status_code == 503:
            response = ask(server)
        assert_answers(response)
    # Away again, a loaded model goes on answering.
    assert_answers(ask(server))
