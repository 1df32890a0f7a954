"""The application as a whole: health, common headers, errors outside of any dialect, and what it imports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from handlers.versions import VERSION
from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.prediction import TASKS
from tests.dialects.cases import expected_rows
from tests.support.server import ROOT, Server


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server of .pt files, without an index."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for task in TASKS:
        shutil.copy(WEIGHTS / f"shapes-{task}.pt", folder)
    with Server(folder, MODEL_STORE=str(folder)) as server, server.client() as client:
        yield client


def test_health_says_what_is_loaded(tmp_path: Path) -> None:
    with Server(tmp_path) as server, server.client() as client:
        assert client.get("/health").status_code == 200
        loaded = client.get("/health", params={"load": "1"})
        assert loaded.status_code == 200
        state = loaded.json()
        assert state["version"] == VERSION
        assert (state["status"], state["defaultModel"], state["loaded"]) == ("ok", "shapes-detect", True)


def test_default_model_loads_before_anybody_asks(tmp_path: Path) -> None:
    with Server(tmp_path) as server, server.client() as client:
        while not client.get("/health").json()["loaded"]:
            pass


def test_health_of_a_store_without_a_default_says_so(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with Server(tmp_path, MODEL_STORE=str(tmp_path / "models")) as server, server.client() as client:
        assert client.get("/health").json()["loaded"] is False
        assert client.get("/health", params={"load": "1"}).status_code == 503


@pytest.mark.parametrize("task", TASKS)
def test_checkpoint_is_served_as_it_is(task: str, checkpoints: httpx.Client) -> None:
    answered = checkpoints.post(
        f"/api/models/shapes-{task}/predict", files={"file": (EXAMPLES / "one.jpg").read_bytes()}
    )
    assert answered.status_code == 200, answered.text
    found = answered.json()["images"][0]["results"]
    expected = expected_rows("one.jpg", f"shapes-{task}")
    assert [row["name"] for row in found] == [row["name"] for row in expected]
    assert all(abs(row["confidence"] - other["confidence"]) < 0.01 for row, other in zip(found, expected, strict=True))


def test_request_id_is_kept_or_made(client: httpx.Client) -> None:
    kept = client.get("/health", headers={"X-Request-Id": "abc-123"})
    assert kept.headers["x-request-id"] == "abc-123"
    made = client.get("/health", headers={"X-Request-Id": "a b\tc"})
    assert made.headers["x-request-id"] not in ("", "a b\tc")
    assert made.headers["x-content-type-options"] == "nosniff"


def test_pages_of_any_origin_may_ask_without_credentials(client: httpx.Client) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options("/predict", headers=asked | {"Access-Control-Request-Headers": "authorization"})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    refused = client.post("/predict", headers={"Origin": "https://shop.example"})
    assert refused.status_code == 400
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in refused.headers


def test_too_large_a_body_is_refused_by_its_declared_length(tmp_path: Path) -> None:
    with Server(tmp_path, MAX_BODY_MB="0.1") as server, server.client() as client:
        refused = client.post("/predict", files={"file": bytes(200_000)})
        assert refused.status_code == 413
        assert refused.json() == {"error": "The request is larger than 0.1 MB."}
        streamed = client.post("/predict", content=(bytes(10_000) for _ in range(20)))
        assert streamed.status_code == 413
        picture = (EXAMPLES / "one.jpg").read_bytes()
        assert client.post("/predict", files={"file": picture}).status_code == 200


def test_bad_setting_stops_the_start_with_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import main"],
        cwd=ROOT,
        env={"QUEUE": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "yolo-endpoint cannot start: QUEUE='many' cannot be used: it must be a number.\n"


def test_serving_onnx_imports_no_torch() -> None:
    code = """
import asyncio, json, sys
import httpx
from handlers.app import create_app
from model_cache.builtin import EXAMPLES
picture = (EXAMPLES / "one.jpg").read_bytes()
async def ask_all():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url="http://app") as client:
        for task in ("detect", "segment", "pose", "obb", "classify"):
            for answer in ("json", "image"):
                path = f"/api/models/shapes-{task}/predict"
                answered = await client.post(path, files={"file": picture}, data={"format": answer})
                assert answered.status_code == 200, answered.text
asyncio.run(ask_all())
print(json.dumps([name for name in ("torch", "torchvision", "ultralytics") if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
