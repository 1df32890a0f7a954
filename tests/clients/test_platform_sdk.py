"""ultralytics-platform, as it is installed: every way to send a picture, every task, and what goes wrong."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ultralytics_platform import APIError, AsyncPlatform, Platform
from ultralytics_platform.types import DeploymentsPredictResponse, ModelsPredictResponse

from model_cache.builtin import EXAMPLES
from tests.clients.conftest import PICTURES
from tests.clients.typed import check
from tests.dialects.cases import expected_rows
from tests.support.server import Server

CROWD = EXAMPLES / "crowd.jpg"
MODEL = ("acme", "shapes", "shapes-detect")


@pytest.fixture
def platform(server: Server) -> Iterator[Platform]:
    with Platform(api_key="ul_key", base_url=server.url) as platform:
        yield platform


@pytest.mark.parametrize("task", PICTURES)
def test_models_predict(platform: Platform, task: str) -> None:
    picture, model = PICTURES[task], f"shapes-{task}"
    body: dict[str, Any] = {"file": (EXAMPLES / picture).read_bytes(), "conf": 0.6, "iou": 0.5, "imgsz": 320}
    answer = platform.models.predict("acme", "shapes", model, body=body)
    check(answer, ModelsPredictResponse)
    rows = answer["images"][0]["results"]
    assert rows == expected_rows(picture, model, conf=0.6, iou=0.5, imgsz=320)
    assert rows
    assert answer["metadata"]["task"] == task
    # Clients read boxes by position: list(box.values()).
    orders = {tuple(row["box"]) for row in rows if "box" in row}
    corners = 4 if task == "obb" else 2
    assert orders <= {tuple(f"{axis}{n}" for n in range(1, corners + 1) for axis in "xy")}


@pytest.mark.parametrize("task", PICTURES)
def test_deployments_predict(platform: Platform, task: str) -> None:
    picture, model = PICTURES[task], f"shapes-{task}"
    answer = platform.deployments.predict("acme", model, body={"file": io.BytesIO((EXAMPLES / picture).read_bytes())})
    check(answer, DeploymentsPredictResponse)
    assert answer["images"][0]["results"] == expected_rows(picture, model)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda data: data,
        io.BytesIO,
        lambda data: ("crowd.jpg", data),
        lambda data: (None, data),
        lambda data: ("no extension", io.BytesIO(data), "text/plain"),
    ],
    ids=["bytes", "BytesIO", "named", "nameless", "mistyped"],
)
def test_forms_of_file(platform: Platform, wrapped: Callable[[bytes], Any]) -> None:
    answer = platform.models.predict(*MODEL, body={"file": wrapped(CROWD.read_bytes())})
    assert answer["images"][0]["results"] == expected_rows("crowd.jpg")


def test_open_file_with_every_option(platform: Platform) -> None:
    with CROWD.open("rb") as file:
        body = {"file": file, "conf": 0.5, "iou": 0.5, "imgsz": 256, "normalize": True, "decimals": 3, "bits": 8}
        answer = platform.models.predict(*MODEL, body=body)
    expected = expected_rows("crowd.jpg", normalize=True, decimals=3, conf=0.5, iou=0.5, imgsz=256)
    assert answer["images"][0]["results"] == expected


@pytest.mark.parametrize("start", ["", "data:image/jpeg;base64,"], ids=["base64", "data URI"])
def test_source_alone(platform: Platform, start: str) -> None:
    source = start + base64.b64encode(CROWD.read_bytes()).decode()
    answer = platform.deployments.predict("acme", "shapes-detect", body={"source": source, "conf": 0.6})
    check(answer, DeploymentsPredictResponse)
    assert answer["images"][0]["results"] == expected_rows("crowd.jpg", conf=0.6)


def test_source_by_url(fetching_server: Server, examples_url: str) -> None:
    with Platform(api_key="ul_key", base_url=fetching_server.url) as platform:
        answer = platform.models.predict(*MODEL, body={"source": f"{examples_url}/crowd.jpg"})
        assert answer["images"][0]["results"] == expected_rows("crowd.jpg")
        with pytest.raises(APIError) as caught:
            platform.models.predict(*MODEL, body={"source": f"{examples_url}/nothing.jpg"})
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("model", "body", "status", "message"),
    [
        ("nobody", {"file": CROWD.read_bytes()}, 404, "There is no model"),
        ("shapes-detect", {}, 400, "There is no picture"),
        ("shapes-detect", {"file": b"no picture"}, 400, "The file is not an image"),
        ("shapes-detect", {"file": CROWD.read_bytes(), "conf": 7}, 400, "conf must be a number from 0.01 to 1"),
        ("shapes-detect", {"file": CROWD.read_bytes(), "source": "http://example.com/a.jpg"}, 400, "Send either"),
    ],
    ids=["unknown model", "nothing", "no picture", "bad number", "both"],
)
def test_errors(platform: Platform, model: str, body: dict[str, Any], status: int, message: str) -> None:
    with pytest.raises(APIError) as caught:
        platform.models.predict("acme", "shapes", model, body=body)
    assert caught.value.status_code == status
    assert list(caught.value.json) == ["error"]
    assert message in caught.value.json["error"]
    assert caught.value.request_id


def test_request_id_is_the_callers(platform: Platform) -> None:
    with pytest.raises(APIError) as caught:
        platform.models.predict(*MODEL, body={}, extra_headers={"X-Request-Id": "abc-123"})
    assert caught.value.request_id == "abc-123"


def test_async_client(server: Server) -> None:
    async def ask() -> list[Any]:
        async with AsyncPlatform(api_key="ul_key", base_url=server.url) as platform:
            return await asyncio.gather(
                *(
                    platform.models.predict(*MODEL, body={"file": CROWD.read_bytes(), "conf": conf})
                    for conf in (0.3, 0.9)
                ),
                platform.deployments.predict("acme", "shapes-segment", body={"file": io.BytesIO(CROWD.read_bytes())}),
                platform.deployments.health("acme", "shapes-detect"),
            )

    low, high, segment, health = asyncio.run(ask())
    assert low["images"][0]["results"] == expected_rows("crowd.jpg", conf=0.3)
    assert high["images"][0]["results"] == expected_rows("crowd.jpg", conf=0.9)
    assert segment["images"][0]["results"] == expected_rows("crowd.jpg", "shapes-segment")
    assert health["healthy"] is True
