"""Roboflow's clients with keys that are good, wrong, of one model, and used up; by every way to send one."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import httpx
import pytest

from model_cache.builtin import EXAMPLES
from tests.clients.conftest import Keys
from tests.clients.roboflow.conftest import Run
from tests.clients.roboflow.inference import ask, boxes, call, check, expected
from tests.dialects.cases import check_detections, expected_rows
from tests.support.server import Server

UNAUTHORIZED = "Unauthorized api_key"
# The ways in which the client can send its key; the first is its own choice.
TRANSPORTS = ["legacy", "both", "header"]


def refused(status: int, message: str) -> dict[str, Any]:
    return {"error": "HTTPCallErrorError", "status_code": status, "api_message": message}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_inference_sdk(run: Run, keyed_server: Server, keys: Keys, transport: str) -> None:
    configuration = {"api_key_transport": transport}
    ways: list[dict[str, Any]] = [
        {"mode": mode, "asynchronous": late} for mode in ("v0", "v1") for late in (False, True)
    ]
    calls = [call(key=key, configuration=configuration, **way) for way in ways for key in (keys.good, keys.wrong)]
    answers = ask(run, keyed_server, *calls)
    for good in answers[::2]:
        check(boxes(good), expected())
    assert [(answer["error"], answer["status_code"]) for answer in answers[1::2]] == [("HTTPCallErrorError", 401)] * 4


def test_inference_sdk_is_refused(run: Run, keyed_server: Server, keys: Keys) -> None:
    """What is used up the client tries three times, a second apart, before it says so."""
    spent = call(key=keys.spent, mode="v0")
    answers = ask(run, keyed_server, call(key=keys.pose, mode="v0"), call(key=None, mode="v1"), spent)
    assert answers[0] == refused(403, 'This key may not use a model "shapes-detect/1" or "shapes-detect".')
    assert answers[1] == refused(401, UNAUTHORIZED)
    assert answers[2] == refused(429, "The quota of 0/hour is used up.")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_handshake(run: Run, keyed_server: Server, keys: Keys, transport: str) -> None:
    """The registry is of the key's models. To unload one the client sends no key, and is told of none."""
    asked = json.dumps(["shapes-pose/1", {"api_key_transport": transport}])
    said = run("inference_handshake.py", keyed_server, asked, KEY=keys.pose)
    for listing in (said, said["asynchronous"]):
        assert set(listing["listed"]) == set(listing["loaded"]) == {"shapes-pose", "shapes-pose/1"}
        assert listing["unloaded"] == listing["cleared"] == {}
    assert said["description"]["task_type"] == "keypoint-detection"
    assert said["unknown"] == [403, 'This key may not use a model "nobody/7".']


@pytest.mark.parametrize("task", ["detect", "classify"])
def test_package(run: Run, keyed_server: Server, keys: Keys, task: str) -> None:
    picture = EXAMPLES / ("one.jpg" if task == "classify" else "crowd.jpg")
    said = run("object_model.py", keyed_server, f"shapes-{task}", "1", str(picture), "{}", "", KEY=keys.good)["said"]
    if task == "detect":
        check_detections(said, expected_rows("crowd.jpg", conf=0.4, iou=0.3))
    else:
        assert said[0]["top"] == expected_rows("one.jpg", "shapes-classify")[0]["name"]


def test_package_is_refused(run: Run, keyed_server: Server, keys: Keys) -> None:
    arguments = ("shapes-detect", "1", str(EXAMPLES / "crowd.jpg"), "{}", "")
    with pytest.raises(AssertionError, match="not one of those that are known here"):
        run("object_model.py", keyed_server, *arguments, KEY=keys.wrong)


@pytest.mark.parametrize("good", [True, False])
def test_vendor_page(keyed_server: Server, keys: Keys, good: bool) -> None:
    """The line of the page "Hosted API (Remote Server)", but for the address, the model and the picture."""
    key = keys.good if good else keys.wrong
    code = f'base64 crowd.jpg | curl -d @- \\\n"{keyed_server.url}/shapes-detect/1?api_key={key}"'
    done = subprocess.run(["bash", "-c", code], cwd=EXAMPLES, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    if good:
        check_detections(answer["predictions"], expected_rows("crowd.jpg", conf=0.4, iou=0.3))
    else:
        assert answer == {"status": 401, "message": UNAUTHORIZED}


def test_header_of_a_program_of_ones_own(keyed_server: Server, keys: Keys) -> None:
    asked = {"Authorization": f"Bearer {keys.pose}"}
    answer = httpx.get(f"{keyed_server.url}/model/registry", headers=asked, trust_env=False).json()
    assert [one["model_id"] for one in answer["models"]] == ["shapes-pose", "shapes-pose/1"]
