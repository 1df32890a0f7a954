"""What Platform's clients ask beside predictions, in the order in which they would: health, describe, list, metrics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ultralytics_platform import APIError, Platform, types

from model_cache.builtin import EXAMPLES
from model_cache.prediction import TASKS
from tests.clients.typed import check
from tests.support.server import Server

SHAPES = EXAMPLES / "shapes.jpg"


@pytest.fixture
def platform(server: Server) -> Iterator[Platform]:
    with Platform(api_key="ul_key", base_url=server.url) as platform:
        yield platform


def test_health_loads_the_model_and_says_how_long_that_took(platform: Platform) -> None:
    first = platform.deployments.health("acme", "shapes-segment")
    check(first, types.DeploymentsHealthResponse)
    assert first["healthy"] is True
    again = platform.deployments.health("acme", "shapes-segment")
    assert 0 < again["latencyMs"] < 1000  # it is in memory


def test_health_of_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / "broken.onnx").write_bytes(b"no weights at all")
    with Server(tmp_path, MODEL_STORE=str(store)) as server, Platform(api_key="k", base_url=server.url) as platform:
        health = platform.deployments.health("acme", "broken")
    check(health, types.DeploymentsHealthResponse)
    assert health["healthy"] is False
    assert "broken" in health["error"]


def test_describe(platform: Platform) -> None:
    answer = platform.deployments.retrieve("acme", "shapes-segment")
    check(answer, types.DeploymentsRetrieveResponse)
    deployment = answer["deployment"]
    assert (deployment["deployment"], deployment["owner"]) == ("shapes-segment", "acme")
    assert (deployment["model"], deployment["task"], deployment["status"]) == ("shapes-segment", "segment", "ready")


def test_list(platform: Platform) -> None:
    answer = platform.deployments.list("acme")
    check(answer, types.DeploymentsListResponse)
    assert {one["deployment"] for one in answer["deployments"]} == {f"shapes-{task}" for task in TASKS}
    of_model = platform.deployments.list("acme", model="shapes/shapes-segment", status="ready")
    assert [one["deployment"] for one in of_model["deployments"]] == ["shapes-segment"]
    for none in (
        platform.deployments.list("acme", status="failed"),
        platform.deployments.list("acme", model="a/nobody"),
    ):
        check(none, types.DeploymentsListResponse)
        assert (none["deployments"], none["total"]) == ([], 0)


def test_logs(platform: Platform) -> None:
    answer = platform.deployments.logs("acme", "shapes-detect", severity="ERROR", limit=10)
    check(answer, types.DeploymentsLogsResponse)
    assert answer["entries"] == []


def test_metrics_count_what_an_endpoint_was_asked(tmp_path: Path) -> None:
    with Server(tmp_path) as server, Platform(api_key="k", base_url=server.url) as platform:
        before: Any = platform.deployments.metrics("acme", "shapes-detect")
        check(before, types.DeploymentsMetricsResponseVariant1)
        assert before["summary"] == dict.fromkeys(before["summary"], 0)
        assert before["timeSeries"] == {name: [] for name in before["timeSeries"]}

        platform.deployments.predict("acme", "shapes-detect", body={"file": SHAPES.read_bytes()})
        with server.client() as client:  # the default model's own address
            assert client.post("/predict", files={"file": SHAPES.read_bytes()}).status_code == 200
        with pytest.raises(APIError):
            platform.deployments.predict("acme", "shapes-detect", body={"file": b"no picture"})
        # The same model by another dialect, and refused before the model was looked at.
        with server.client() as client:
            assert client.post("/shapes-detect/1", content=SHAPES.read_bytes()).status_code == 200
        with pytest.raises(APIError):
            platform.deployments.predict("acme", "shapes-detect", body={"file": SHAPES.read_bytes(), "conf": "high"})
        # None of these is that model's.
        platform.deployments.predict("acme", "shapes-segment", body={"file": SHAPES.read_bytes()})
        with pytest.raises(APIError):
            platform.deployments.predict("acme", "nobody", body={"file": SHAPES.read_bytes()})

        _check_counts(platform)


def _check_counts(platform: Platform) -> None:
    full: Any = platform.deployments.metrics("acme", "shapes-detect", range="1h")
    check(full, types.DeploymentsMetricsResponseVariant1)
    summary = full["summary"]
    assert (summary["totalRequests"], summary["errorCount"], summary["errorRate"]) == (5, 2, 40.0)
    assert 0 < summary["p50LatencyMs"] <= summary["p95LatencyMs"] <= summary["p99LatencyMs"]
    assert sum(point["value"] for point in full["timeSeries"]["requests"]) == 5
    assert sum(point["value"] for point in full["timeSeries"]["errors"]) == 2

    overview: Any = platform.deployments.metrics("acme", "shapes-detect", view="overview")
    check(overview, types.DeploymentsMetricsResponseVariant2)
    assert overview["summary"]["totalRequests"] == 5

    compact: Any = platform.deployments.metrics("acme", "shapes-detect", sparkline="true")
    check(compact, types.DeploymentsMetricsResponseVariant3)
    assert compact["requests24h"] == [0] * 23 + [5]
    other: Any = platform.deployments.metrics("acme", "shapes-segment", sparkline="true")
    assert other["totalRequests"] == 1


def test_model(platform: Platform) -> None:
    answer: Any = platform.models.retrieve("ultralytics", "yolo26", "shapes-detect")
    assert answer["model"].pop("_id") == "shapes-detect"  # which only older clients know
    check(answer, types.ModelsRetrieveResponse)
    assert answer["model"]["task"] == "detect"
    assert answer["model"]["classNames"] == ["ellipse", "triangle", "bar", "star", "arrow"]


@pytest.mark.parametrize("call", ["retrieve", "health", "logs", "metrics"])
def test_unknown_deployment(platform: Platform, call: str) -> None:
    with pytest.raises(APIError) as caught:
        getattr(platform.deployments, call)("acme", "nobody")
    assert caught.value.status_code == 404
    assert caught.value.json == {"error": 'There is no model "acme/nobody" or "nobody" here.'}


@pytest.mark.parametrize("path", ["/health", "/metrics", "/logs"])
def test_older_clients_name_a_deployment_by_its_id(client: httpx.Client, path: str) -> None:
    """ultralytics-platform 0.1.0 and 0.1.1."""
    assert client.get(f"/api/deployments/shapes-detect{path}").status_code == 200
    unknown = client.get(f"/api/deployments/nobody{path}")
    assert (unknown.status_code, unknown.json()) == (404, {"error": 'There is no model "nobody" here.'})


def test_older_clients_describe_and_list(client: httpx.Client) -> None:
    described = client.get("/api/deployments/shapes-segment").json()
    assert described["deployment"]["_id"] == described["deployment"]["slug"] == "shapes-segment"
    listed = client.get("/api/deployments", params={"modelId": "shapes-segment"}).json()
    assert listed["deployments"] == [described["deployment"]]
    assert client.get("/api/models/shapes-segment").json()["model"]["_id"] == "shapes-segment"


def test_get_of_a_predict_address_says_to_post(client: httpx.Client) -> None:
    refused = client.get("/api/deployments/shapes-detect/predict")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_unknown_model(platform: Platform) -> None:
    with pytest.raises(APIError) as caught:
        platform.models.retrieve("ultralytics", "yolo26", "yolo26n")
    assert caught.value.status_code == 404


@pytest.mark.parametrize("query", [{"range": "2h"}, {"view": "all"}, {"sparkline": "perhaps"}])
def test_bad_metrics_query(platform: Platform, query: dict[str, Any]) -> None:
    with pytest.raises(APIError) as caught:
        platform.deployments.metrics("acme", "shapes-detect", **query)
    assert caught.value.status_code == 400
