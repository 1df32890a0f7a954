"""GET /metrics of a real server, read as Prometheus reads it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from handlers.access.keys import hashed
from handlers.keys import new_key
from handlers.observe.metrics import FAMILIES
from model_cache.builtin import EXAMPLES
from tests.support.server import Server

PICTURE = (EXAMPLES / "shapes.jpg").read_bytes()
PHASES = ("decode", "preprocess", "inference", "postprocess", "render", "serialise")
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with Server(tmp_path, STORE_POLL_S="1000", CACHE_MB="1") as server, server.client() as asking:
        assert asking.get("/health?load=1").status_code == 200
        yield asking


def scrape(client: httpx.Client) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.text))
    # The parser takes _total off a counter's name.
    assert [family.name for family in families] == [family.name.removesuffix("_total") for family in FAMILIES]
    assert [family.type for family in families] == [family.kind for family in FAMILIES]
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0)


def requests(samples: Samples) -> dict[tuple[str, str, str], float]:
    found = ((dict(labels), count) for (name, labels), count in samples.items() if name == "yolo_requests_total")
    return {(labels["route"], labels["model"], labels["status"]): count for labels, count in found}


def test_counts_what_was_asked(client: httpx.Client) -> None:
    before = scrape(client)
    sent = [client.post("/predict", files={"file": PICTURE}, data={"format": "image_and_json"}) for _ in range(3)]
    sent.append(client.post("/predict", files=[("file", PICTURE)] * 2))
    sent.append(client.post("/predict/shapes-pose", files={"file": PICTURE}))
    sent.append(client.post("/predict", content=b"no picture"))
    sent.append(client.post("/predict/missing", files={"file": PICTURE}))
    after = scrape(client)
    counted = {key: count - requests(before).get(key, 0) for key, count in requests(after).items()}
    assert sum(counted.values()) == len(sent) + 1
    assert counted["/metrics", "", "200"] == 1
    assert counted["/predict", "shapes-detect", "200"] == 4
    assert value(after, "yolo_frames_total", model="shapes-detect") == 5
    grown = {
        phase: value(after, "yolo_phase_seconds_sum", phase=phase)
        - value(before, "yolo_phase_seconds_sum", phase=phase)
        for phase in (*PHASES, "total")
    }
    answered = sum(answer.status_code == 200 for answer in sent)
    assert value(after, "yolo_phase_seconds_count", phase="total") == answered
    assert value(after, "yolo_phase_seconds_count", phase="render") == 3
    assert value(after, "yolo_phase_seconds_bucket", phase="total", le="+Inf") == answered
    total = grown.pop("total")
    assert all(seconds > 0 for seconds in grown.values())
    assert sum(grown.values()) <= total
    assert value(after, "yolo_response_bytes_total") > sum(len(answer.content) for answer in sent)
    assert value(after, "yolo_queue_length") == value(after, "yolo_predictions_running") == 0


def test_platform_counts_the_same(client: httpx.Client) -> None:
    for content in (PICTURE, PICTURE, b"no picture"):
        client.post("/predict", content=content)
    said = client.get("/api/deployments/acme/shapes-detect/metrics").json()["summary"]
    counted = requests(scrape(client))
    assert said["totalRequests"] == sum(count for (route, _, _), count in counted.items() if route == "/predict") == 3
    assert said["errorCount"] == 1


def test_cache(client: httpx.Client) -> None:
    """A limit of 1 MB holds one model."""
    before = scrape(client)
    assert value(before, "yolo_cache_load_seconds_count") == 1
    for _ in range(2):
        assert client.post("/predict", files={"file": PICTURE}).status_code == 200
    answer = client.post("/v1/predict/shapes-segment", files={"image": PICTURE})
    assert answer.status_code == 200, answer.text
    after = scrape(client)
    assert value(after, "yolo_cache_hits_total") - value(before, "yolo_cache_hits_total") == 2
    assert value(after, "yolo_cache_load_seconds_count") == 2
    assert value(after, "yolo_cache_load_seconds_sum") > value(before, "yolo_cache_load_seconds_sum") > 0
    assert value(after, "yolo_cache_evictions_total") == 1
    assert value(after, "yolo_cache_models") == 1
    assert value(after, "yolo_cold_starts_total", model="shapes-segment") == 1
    assert value(after, "yolo_cold_starts_total", model="shapes-detect") == 0
    assert value(after, "yolo_cache_limit_bytes") == 1e6
    assert value(after, "yolo_cache_bytes") > 0


def test_process(client: httpx.Client) -> None:
    first, second = scrape(client), scrape(client)
    assert abs(time.time() - value(first, "process_start_time_seconds")) < 600
    assert value(first, "process_start_time_seconds") == value(second, "process_start_time_seconds")
    assert value(first, "process_cpu_seconds_total") > 0
    if os.path.exists("/proc/self/statm"):
        assert value(first, "process_resident_memory_bytes") > 2**20


def test_labels_are_bounded(client: httpx.Client) -> None:
    def ask(numbers: range) -> int:
        for n in numbers:
            for path in (f"/x{n}", f"/x{n}/1", f"/v1/predict/m{n}", f"/a/b/c/{n}", f"/api/models/a/b/m{n}"):
                client.post(path, content=b"x")
                client.get(path)
        return len(scrape(client))

    ask(range(1))
    once = ask(range(1, 2))  # by now the question itself is counted
    assert ask(range(2, 15)) == once
    assert {model for _, model, _ in requests(scrape(client))} == {""}


def test_keys_are_needed_where_there_are_any(tmp_path: Path) -> None:
    good, some = new_key(), new_key()
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({hashed(good): {}, hashed(some): {"models": ["shapes-pose"]}}))
    with Server(tmp_path, API_KEYS_FILE=str(keys), ALLOW_ANONYMOUS="true") as server, server.client() as client:
        client.headers["Authorization"] = f"Bearer {good}"
        for headers, status in (
            ({"Authorization": ""}, 401),
            ({"Authorization": f"Bearer {new_key()}"}, 401),
            ({"Authorization": f"Bearer {some}"}, 403),
        ):
            answer = client.get("/metrics", headers=headers)
            assert answer.status_code == status
            assert "yolo_" not in answer.text
        samples = scrape(client)
    assert value(samples, "yolo_failed_keys_total") == 1
    assert requests(samples) == {("/metrics", "", "401"): 2, ("/metrics", "", "403"): 1}
