"""The roboflow package, unmodified: its object model for every kind of model, and all that its predict takes."""

from __future__ import annotations

import base64
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model_cache.builtin import EXAMPLES
from tests.clients.conftest import PICTURES
from tests.clients.roboflow.conftest import PUBLIC, Run
from tests.dialects.cases import check_detections, expected_rows
from tests.support.server import Server

CROWD = EXAMPLES / "crowd.jpg"
CLASSES = {
    "detect": "ObjectDetectionModel",
    "segment": "InstanceSegmentationModel",
    "pose": "KeypointDetectionModel",
    "obb": "ObjectDetectionModel",
    "classify": "ClassificationModel",
}
_JPEG = 4.0  # pixels that a box moves at most where the package has written the picture anew, as a JPEG


def predict(run: Run, server: Server, task: str, picture: str | Path, local: str = "", **options: Any) -> Any:
    answer = run("object_model.py", server, f"shapes-{task}", "1", str(picture), json.dumps(options), local)
    assert answer["class"] == CLASSES[task]
    return answer["said"]


def compare(found: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """As check_detections, of a picture that is only nearly the same."""
    assert found
    assert sorted(one["class"] for one in found) == sorted(row["name"] for row in rows)
    boxes = np.array([np.array(list(row["box"].values())).reshape(-1, 2) for row in rows])
    centres = (boxes.min(1) + boxes.max(1)) / 2
    for one in found:
        apart = np.abs(centres - [one["x"], one["y"]]).max(1)
        assert apart.min() < _JPEG
        assert rows[int(apart.argmin())]["name"] == one["class"]


@pytest.mark.parametrize("task", ["detect", "obb"])
def test_detection(run: Run, server: Server, task: str) -> None:
    # It sends a PNG of the pixels that it has read: the same boxes, then.
    found = predict(run, server, task, CROWD, confidence=60, overlap=50)
    check_detections(found, expected_rows("crowd.jpg", f"shapes-{task}", conf=0.6, iou=0.5))


@pytest.mark.parametrize("task", ["segment", "pose"])
def test_points(run: Run, server: Server, task: str) -> None:
    found = predict(run, server, task, CROWD, confidence=60)
    rows = expected_rows("crowd.jpg", f"shapes-{task}", conf=0.6, iou=0.3)
    compare(found, rows)
    assert all(len(one["points"]) >= 3 for one in found) if task == "segment" else True
    if task == "pose":
        assert [point["class_id"] for point in found[0]["keypoints"]] == [0, 1, 2, 3]


def test_classification(run: Run, server: Server) -> None:
    said = predict(run, server, "classify", EXAMPLES / "one.jpg")
    best = expected_rows("one.jpg", "shapes-classify")[0]
    assert said[0]["top"] == said[0]["predictions"][0]["class"] == best["name"]
    assert said[0]["confidence"] == pytest.approx(best["confidence"], abs=0.01)


def test_array(run: Run, server: Server) -> None:
    found = predict(run, server, "detect", CROWD, array=True, confidence=60)
    compare(found, expected_rows("crowd.jpg", conf=0.6, iou=0.3))


def test_classes(run: Run, server: Server) -> None:
    found = predict(run, server, "detect", CROWD, classes="bar,star")
    rows = expected_rows("crowd.jpg", conf=0.4, iou=0.3)
    check_detections(found, [row for row in rows if row["name"] in ("bar", "star")])


def test_picture(run: Run, server: Server) -> None:
    said = predict(run, server, "detect", CROWD, format="image", labels=True, stroke=3)
    with Image.open(CROWD) as sent, Image.open(io.BytesIO(base64.b64decode(said))) as drawn:
        assert drawn.format == "JPEG"
        assert drawn.size == sent.size
        apart = np.abs(np.asarray(drawn, np.int16) - np.asarray(sent.convert("RGB"), np.int16)).max(2)
    assert 0.01 < (apart > 60).mean() < 0.5


@pytest.mark.parametrize("task", CLASSES)
def test_url(run: Run, fetching_server: Server, examples_url: str, task: str) -> None:
    picture = PICTURES[task]
    options: dict[str, Any] = {} if task == "segment" else {"hosted": True}
    options |= {} if task == "classify" else {"confidence": 60}
    said = predict(run, fetching_server, task, f"{examples_url}/{picture}", **options)
    rows = expected_rows(picture, f"shapes-{task}", conf=0.6, iou=0.3)
    if task == "classify":
        assert said[0]["top"] == rows[0]["name"]
    else:
        check_detections(said, rows)


@pytest.mark.parametrize("task", ["detect", "segment", "pose", "classify"])
def test_local(run: Run, server: Server, task: str) -> None:
    # Its parts disagree on whether the address ends in a slash.
    local = server.url if task == "segment" else f"{server.url}/"
    said = predict(run, server, task, EXAMPLES / PICTURES[task], local)
    assert said


@pytest.mark.parametrize("task", CLASSES)
def test_newest_way(run: Run, server: Server, task: str) -> None:
    picture, options = PICTURES[task], json.dumps({"confidence": 60})
    answer = run("object_model.py", server, f"shapes-{task}", "1", str(EXAMPLES / picture), options, "newest")
    assert answer["class"] == "TrainedModel"
    rows = expected_rows(picture, f"shapes-{task}", conf=0.6, iou=0.3)
    if task == "classify":
        assert answer["said"][0]["top"] == rows[0]["name"]
    else:
        compare(answer["said"], rows)
        assert {one["prediction_type"] for one in answer["said"]} == {CLASSES[task]}


@pytest.mark.parametrize(
    ("project", "version", "name"),
    [
        ("coco", "3", "yolov8n"),
        ("coco-dataset-vdnr1", "27", "yolo26n-seg"),
        ("coco-pose-detection", "1", "yolov8n-pose"),
    ],
)
def test_public_models(run: Run, public_server: Server, project: str, version: str, name: str) -> None:
    options = json.dumps({"confidence": 60})
    answer = run("object_model.py", public_server, project, version, str(CROWD), options, "")
    compare(answer["said"], expected_rows("crowd.jpg", PUBLIC[name], conf=0.6, iou=0.3))


def test_workspaces(run: Run, server: Server) -> None:
    said = run("workspaces.py", server)
    assert ["yolo-endpoint/shapes-pose", "keypoint-detection"] in said["projects"]
    assert "yolo-endpoint/shapes-pose" in said["ids"]
    assert said["type"] == "instance-segmentation"
    assert set(said["classes"]) == {"ellipse", "triangle", "bar", "star", "arrow"}
    assert said["versions"] == ["1"]
    assert json.loads(said["refused"]) == {"message": 'There is no project "nothing" here.'}


LINES = {
    "base64": 'base64 YOUR_IMAGE.jpg | curl -d @- \\\n"https://detect.roboflow.com/your-model/42?api_key=YOUR_KEY"',
    "get": 'curl -G "https://detect.roboflow.com/your-model/42?api_key=YOUR_KEY&image=https%3A%2F%2Fi.imgur.com%2FPEEvqPN.png"',
    "url": (
        'curl -X POST "https://detect.roboflow.com/your-model/42?\\\napi_key=YOUR_KEY&\\\n'
        'image=https%3A%2F%2Fi.imgur.com%2FPEEvqPN.png"'
    ),
}


@pytest.mark.parametrize("line", LINES)
def test_vendor_page(fetching_server: Server, examples_url: str, line: str) -> None:
    """The lines of the page "Hosted API (Remote Server)", but for the address, the model and the picture."""
    code = LINES[line].replace("https://detect.roboflow.com/your-model/42", f"{fetching_server.url}/shapes-detect/1")
    code = code.replace("YOUR_IMAGE.jpg", "crowd.jpg").replace(
        "https%3A%2F%2Fi.imgur.com%2FPEEvqPN.png", f"{examples_url}/crowd.jpg".replace(":", "%3A").replace("/", "%2F")
    )
    done = subprocess.run(["bash", "-c", code], cwd=EXAMPLES, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["image"] == {"width": 960, "height": 720}
    check_detections(answer["predictions"], expected_rows("crowd.jpg", conf=0.4, iou=0.3))
