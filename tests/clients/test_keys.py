"""Ultralytics' clients with keys that are good, wrong, of one model, and used up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ultralytics_platform import APIError, Platform

from model_cache.builtin import EXAMPLES
from tests.clients.conftest import Keys
from tests.clients.test_hub_sdk import predict
from tests.clients.test_ul import ul
from tests.dialects.cases import expected_rows
from tests.support.server import Server

CROWD = EXAMPLES / "crowd.jpg"
UNKNOWN = "The key is not one of those that are known here."


def platform_predict(server: Server, key: str, model: str = "shapes-detect") -> Any:
    with Platform(api_key=key, base_url=server.url) as platform:
        return platform.models.predict("acme", "shapes", model, body={"file": CROWD.read_bytes()})


def test_platform(keyed_server: Server, keys: Keys) -> None:
    answer = platform_predict(keyed_server, keys.good)
    assert answer["images"][0]["results"] == expected_rows("crowd.jpg")
    assert platform_predict(keyed_server, keys.pose, "shapes-pose")["images"][0]["results"]


def test_platform_is_refused(keyed_server: Server, keys: Keys) -> None:
    for key, status, message in (
        (keys.wrong, 401, UNKNOWN),
        (keys.pose, 403, "This key may not use a model"),
        (keys.spent, 429, "Rate limit exceeded"),
    ):
        with pytest.raises(APIError, match=message) as caught:
            platform_predict(keyed_server, key)
        assert caught.value.status_code == status


def test_platform_lists_the_models_of_the_key(keyed_server: Server, keys: Keys) -> None:
    with Platform(api_key=keys.pose, base_url=keyed_server.url) as platform:
        listed = platform.deployments.list("acme")["deployments"]
        assert [one["id"] for one in listed] == ["shapes-pose"]
        assert platform.deployments.health("acme", "shapes-pose")["healthy"] is True
        with pytest.raises(APIError) as caught:
            platform.deployments.health("acme", "shapes-detect")
    assert caught.value.status_code == 403


def test_hub_sdk(keyed_server: Server, keys: Keys, tmp_path: Path) -> None:
    said, log = predict(keyed_server, tmp_path, "shapes-detect", "crowd.jpg", {}, key=keys.good)
    assert (said["authenticated"], said["status"], log) == (True, 200, "")
    assert said["answer"]["data"] == expected_rows("crowd.jpg", iou=0.45)


def test_hub_sdk_is_refused(keyed_server: Server, keys: Keys, tmp_path: Path) -> None:
    """It says so only in its log, and of a key that is not good it says so at the handshake."""
    said, log = predict(keyed_server, tmp_path, "shapes-detect", "crowd.jpg", {}, key=keys.wrong)
    assert (said["authenticated"], said["answer"]) == (False, None)
    assert "Unauthorized" in log
    said, log = predict(keyed_server, tmp_path, "shapes-detect", "crowd.jpg", {}, key=keys.spent)
    assert (said["authenticated"], said["answer"]) == (True, None)
    assert "Rate Limits Exceeded" in log


def test_ul(keyed_server: Server, keys: Keys, tmp_path: Path) -> None:
    source = f"source={CROWD}"
    arguments = ("cloud", "predict", "model=ul://acme/shapes/shapes-detect", source, f"save_dir={tmp_path}/saved")
    done = ul(keyed_server, tmp_path, *arguments, key=keys.good)
    assert done.returncode == 0, done.stderr
    done = ul(keyed_server, tmp_path, *arguments, key=keys.wrong)
    assert done.returncode != 0
    assert "401" in done.stderr
