"""What inference-sdk asks before it predicts, the public models' names, and what it makes of failures."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.clients.roboflow.conftest import Run
from tests.clients.roboflow.inference import ask, boxes, call, check, expected
from tests.support.server import Server

TYPES = {
    "shapes-detect": "object-detection",
    "shapes-obb": "object-detection",
    "shapes-segment": "instance-segmentation",
    "shapes-pose": "keypoint-detection",
    "shapes-classify": "classification",
}
# Public name -> what the client sends for it, and the weights that stand under its usual name.
ALIASES = {
    "yolov8n-640": ("coco/3", "shapes-detect"),
    "yolo26n-seg-640": ("coco-dataset-vdnr1/27", "shapes-segment"),
    "yolov8n-pose-640": ("coco-pose-detection/1", "shapes-pose"),
}


@pytest.mark.parametrize("transport", ["legacy", "both", "header"])
def test_handshake(run: Run, server: Server, transport: str) -> None:
    asked = json.dumps(["shapes-pose/1", {"api_key_transport": transport}])
    said = run("inference_handshake.py", server, asked)
    wanted = {name: [kind, 256, 256] for id_, kind in TYPES.items() for name in (id_, f"{id_}/1")}
    assert said["info"][0] == said["info"][1]
    assert said["info"][0]["name"] == "yolo-endpoint"
    assert len(said["info"][0]["uuid"]) == 36
    for listing in (said, said["asynchronous"]):
        for name in ("listed", "loaded", "unloaded", "cleared"):
            assert listing[name] == wanted, name
    assert said["selected"] == "shapes-pose/1"
    assert said["description"]["task_type"] == "keypoint-detection"
    assert said["unknown"] == [404, 'There is no model "nobody/7" here.']


def test_public_names(run: Run, public_server: Server) -> None:
    """Of a store without an index a model's task is known, and the model listed, once it is loaded."""
    with public_server.client() as client:
        assert _listed(client) == set()
        answers = ask(run, public_server, *(call(name) for name in ALIASES))
        for answer, (_, weights) in zip(answers, ALIASES.values(), strict=True):
            check(boxes(answer), expected(model=weights))
        assert _listed(client) > {*ALIASES, *(id_ for id_, _ in ALIASES.values()), "yolov8n", "yolo26n-seg"}
    for answer, (_, weights) in zip(
        ask(run, public_server, *(call(name, mode="v0") for name in ALIASES)), ALIASES.values(), strict=True
    ):
        check(boxes(answer), expected(model=weights))


def _listed(client: httpx.Client) -> set[str]:
    return {model["model_id"] for model in client.get("/model/registry").json()["models"]}


def test_failures(run: Run, server: Server) -> None:
    """They are the client's own errors, with our words."""
    unknown = {"error": "HTTPCallErrorError", "status_code": 404, "api_message": 'There is no model "nobody/7" here.'}
    wrong = call(configuration={"confidence_threshold": "high"})
    answers = ask(run, server, call("nobody/7", mode="v0"), call("nobody/7"), wrong, wrong | {"mode": "v0"})
    assert answers[:2] == [unknown, unknown]
    for answer, place in zip(answers[2:], ("body", "query"), strict=True):
        assert (answer["error"], answer["status_code"]) == ("HTTPCallErrorError", 422)
        assert answer["api_message"][0]["loc"] == [place, "confidence"]


def test_addresses(examples_url: str, fetching_server: Server) -> None:
    """A program of one's own may send addresses instead; the client fetches them itself."""
    pictures = ("crowd.jpg", "panorama.jpg", "shapes.jpg")
    image: list[dict[str, Any]] = [{"type": "url", "value": f"{examples_url}/{name}"} for name in pictures]
    with fetching_server.client() as client:
        payload = {"model_id": "shapes-detect/1", "image": image, "confidence": 0.5, "iou_threshold": 0.5}
        answers = client.post("/infer/object_detection", json=payload).json()
        alone = client.post("/infer/object_detection", json=payload | {"image": image[1]}).json()
    for answer, picture in zip(answers, pictures, strict=True):
        check(boxes(answer), expected(picture, conf=0.5, iou=0.5))
    check(boxes(alone), boxes(answers[1]))
