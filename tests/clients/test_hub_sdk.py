"""hub-sdk, as it is installed, in a process of its own: it reads its base URL when it is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model_cache.builtin import EXAMPLES
from tests.clients.conftest import PICTURES
from tests.dialects.cases import expected_rows
from tests.support.server import Server

KEY = "0123456789abcdef0123456789abcdef0123456789"
# What a program of HUB's time does.
PROGRAM = """
import json, sys
from hub_sdk import HUBClient

model_id, image, config, key = json.loads(sys.argv[1])
client = HUBClient({"api_key": key})
model = client.model(model_id)
answer = model.predict(image, config)
print(json.dumps({
    "authenticated": client.authenticated,
    "data": model.data,
    "status": answer.status_code if answer is not None else None,
    "answer": answer.json() if answer is not None else None,
    "trained": model.is_trained(),
    "custom": model.is_custom(),
}))
"""


def predict(
    server: Server, folder: Path, model: str, picture: str, config: dict[str, Any], *, key: str = KEY
) -> tuple[Any, str]:
    """What the program printed, and what the client logged."""
    asked = json.dumps([model, str(EXAMPLES / picture), config, key])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, asked],
        cwd=folder,
        env=os.environ | {"ULTRALYTICS_HUB_API": server.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("task", PICTURES)
def test_predict(server: Server, tmp_path: Path, task: str) -> None:
    config = {"size": 320, "confidence": 0.6, "iou": 0.6}
    said, log = predict(server, tmp_path, f"shapes-{task}", PICTURES[task], config)
    assert log == ""
    assert (said["authenticated"], said["trained"], said["custom"]) == (True, True, True)
    assert said["data"]["config"]["imageSize"]
    assert said["status"] == 200
    assert (said["answer"]["success"], said["answer"]["message"]) == (True, "Inference complete.")
    expected = expected_rows(PICTURES[task], f"shapes-{task}", conf=0.6, iou=0.6, imgsz=320)
    assert said["answer"]["data"] == expected
    assert expected


def test_newer_names_count_as_well(server: Server, tmp_path: Path) -> None:
    said, _ = predict(server, tmp_path, "shapes-detect", "crowd.jpg", {"imgsz": 320, "conf": 0.8})
    assert said["answer"]["data"] == expected_rows("crowd.jpg", conf=0.8, iou=0.45, imgsz=320)


def test_defaults_are_hubs(server: Server, tmp_path: Path) -> None:
    said, _ = predict(server, tmp_path, "shapes-detect", "crowd.jpg", {})
    assert said["answer"]["data"] == expected_rows("crowd.jpg", iou=0.45)


def test_unknown_model(server: Server, tmp_path: Path) -> None:
    """The client keeps the failure to its log and answers None: it must see a 404 to say so."""
    said, log = predict(server, tmp_path, "nobody", "crowd.jpg", {})
    assert (said["authenticated"], said["status"], said["data"]) == (True, None, {})
    assert "Resource not found." in log
