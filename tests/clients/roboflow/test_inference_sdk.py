"""inference-sdk against the running server: every task, every way to give a picture, in both of its modes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from model_cache.builtin import EXAMPLES
from tests.clients.roboflow.conftest import Run
from tests.clients.roboflow.inference import ask, boxes, call, check, corners, expected, flat
from tests.dialects.cases import expected_rows
from tests.support.server import Server

MODES = ("v0", "v1")
TASKS = ("detect", "segment", "pose", "obb", "classify")


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("mode", MODES)
def test_tasks(run: Run, server: Server, mode: str, asynchronous: bool) -> None:
    calls = [call(f"shapes-{task}/1", mode=mode, asynchronous=asynchronous) for task in TASKS]
    detect, segment, pose, obb, classify = ask(run, server, *calls)
    for answer, task in ((detect, "detect"), (segment, "segment"), (pose, "pose")):
        wanted = expected(model=f"shapes-{task}")
        check(boxes(answer), wanted)
        assert answer["image"] == {"width": 960, "height": 720}
        assert np.array(answer["supervision"]["xyxy"]) == pytest.approx(np.array([row[3:] for row in wanted]), abs=0.01)
        assert answer["supervision"]["classes"] == [row[0] for row in wanted]
    assert segment["supervision"]["mask"] == [len(segment["predictions"]), 720, 960]
    check_pose(pose)
    check_obb(obb)
    likeliest = expected_rows("crowd.jpg", "shapes-classify")[0]
    assert (classify["top"], classify["predictions"][0]["class_id"]) == (likeliest["name"], likeliest["class"])
    assert classify["confidence"] == pytest.approx(likeliest["confidence"], abs=0.0001)


def check_pose(answer: dict[str, Any]) -> None:
    rows = expected_rows("crowd.jpg", "shapes-pose", conf=0.4, iou=0.3)
    for ours, row, read in zip(answer["predictions"], rows, answer["supervision"]["keypoints"], strict=True):
        wanted = np.array([row["keypoints"]["x"], row["keypoints"]["y"]]).T
        assert np.array([[point["x"], point["y"]] for point in ours["keypoints"]]) == pytest.approx(wanted, abs=0.001)
        assert [point["class_id"] for point in ours["keypoints"]] == list(range(len(wanted)))
        assert np.array(read) == pytest.approx(wanted, abs=0.01)


def check_obb(answer: dict[str, Any]) -> None:
    """An upright box around four points; supervision reads box and outline."""
    rows = expected_rows("crowd.jpg", "shapes-obb", conf=0.4, iou=0.3)
    assert answer["supervision"]["mask"] == [len(rows), 720, 960]
    for ours, row in zip(answer["predictions"], rows, strict=True):
        wanted = np.array([[row["box"][f"{axis}{number}"] for axis in "xy"] for number in range(1, 5)])
        points = np.array([[point["x"], point["y"]] for point in ours["points"]])
        assert points == pytest.approx(wanted, abs=0.001)
        assert corners(ours) == pytest.approx((*wanted.min(0), *wanted.max(0)), abs=0.001)


@pytest.mark.parametrize("mode", MODES)
def test_ways_to_give_a_picture(run: Run, server: Server, examples_url: str, mode: str) -> None:
    ways = [
        call(mode=mode),
        call("shapes-detect/1", f"{examples_url}/crowd.jpg", mode=mode),
        call(mode=mode, how="numpy"),
        call(mode=mode, how="pil"),
        call(mode=mode, how="numpy", asynchronous=True),
        call(mode=mode, how="pil", asynchronous=True),
    ]
    found = ask(run, server, *ways)
    for answer in found[:2]:  # its own bytes
        check(boxes(answer), expected())
    for answer in found[2:]:  # encoded anew, with losses
        check(boxes(answer)[:7], expected()[:7], pixels=8, score=0.1)


@pytest.mark.parametrize("mode", MODES)
def test_lists(run: Run, server: Server, mode: str) -> None:
    pictures = ("crowd.jpg", "shapes.jpg", "panorama.jpg")
    batches: list[dict[str, Any]] = [{}, {"max_batch_size": 2}, {"max_batch_size": 5}, {"max_concurrent_requests": 3}]
    calls = [
        call("shapes-detect/1", *pictures, mode=mode, configuration=batch, asynchronous=asynchronous)
        for batch in batches
        for asynchronous in (False, True)
    ]
    for answers in ask(run, server, *calls):
        for answer, picture in zip(answers, pictures, strict=True):
            check(boxes(answer), expected(picture))


def test_own_address_takes_the_json_routes(run: Run, server: Server) -> None:
    """Any address but the vendor's own does, without a word from the caller."""
    said = run("inference_handshake.py", server, json.dumps(["shapes-detect/1", {}]))
    assert said["mode"] == "v1"
    check(boxes(ask(run, server, call())[0]), expected())


def test_camera_orientation(run: Run, server: Server, tmp_path: Path) -> None:
    """The SDK sends a file as it is; the answer is of the upright picture unless that is switched off."""
    picture = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(EXAMPLES / "crowd.jpg").save(picture, exif=exif, quality=95)
    off = {"disable_preproc_auto_orientation": True}
    calls = [call("shapes-detect/1", str(picture), mode=mode, configuration=c) for mode in MODES for c in ({}, off)]
    sizes = [(answer["image"]["width"], answer["image"]["height"]) for answer in ask(run, server, *calls)]
    assert sizes == [(720, 960), (960, 720)] * 2


@pytest.mark.parametrize("task", ["detect", "segment", "pose"])
def test_same_boxes_as_platform(run: Run, server: Server, client: httpx.Client, task: str) -> None:
    fields = {"conf": "0.5", "iou": "0.45"}
    picture = (EXAMPLES / "crowd.jpg").read_bytes()
    path = f"/api/models/acme/shapes/shapes-{task}/predict"
    rows = client.post(path, files={"file": picture}, data=fields).json()["images"][0]["results"]
    assert rows
    configuration = {"confidence_threshold": 0.5, "iou_threshold": 0.45}
    (answer,) = ask(run, server, call(f"shapes-{task}", configuration=configuration))
    check(boxes(answer), flat(rows))
