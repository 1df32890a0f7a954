"""Two endpoints with one store, as two regions have it, answer alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.prediction import TASKS
from tests.support import gcs
from tests.support.server import Server

REGIONS = ("us-central1", "europe-west4")
# What is measured, which no two answers have in common.
_MEASURED = ("speed", "functionTimeAlive", "functionTimeCall")


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[httpx.Client]]:
    bucket = gcs.FakeBucket()
    for task in TASKS:
        bucket.put(f"shapes-{task}.onnx", (WEIGHTS / f"shapes-{task}.onnx").read_bytes())
    with gcs.serve(bucket), ExitStack() as stack:
        told = {"MODEL_STORE": f"gs://{gcs.BUCKET}", "STORAGE_EMULATOR_HOST": bucket.url, "K_SERVICE": "yolo-endpoint"}
        servers = [
            stack.enter_context(Server(tmp_path_factory.mktemp(region), **told, ALLOW_ANONYMOUS="true"))
            for region in REGIONS
        ]
        yield [stack.enter_context(server.client()) for server in servers]


@pytest.mark.parametrize("task", TASKS)
def test_regions_answer_alike(task: str, endpoints: list[httpx.Client]) -> None:
    here, there = (answer(client, task) for client in endpoints)
    assert here == there
    assert here["metadata"]["task"] == task
    assert here["images"][0]["results"]


def answer(client: httpx.Client, task: str) -> dict[str, Any]:
    picture = (EXAMPLES / "shapes.jpg").read_bytes()
    answered = client.post(f"/api/models/shapes-{task}/predict", files={"file": picture})
    assert answered.status_code == 200, answered.text
    content: dict[str, Any] = answered.json()
    for part in (content["metadata"], *content["images"]):
        for name in _MEASURED:
            part.pop(name, None)
    return content


def test_regions_list_the_same_models(endpoints: list[httpx.Client]) -> None:
    here, there = (client.get("/model/registry").raise_for_status().json() for client in endpoints)
    assert here == there
