"""Videos and streams over HTTP: one entry a frame, in lines if asked, or as an annotated video."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from model_cache.builtin.scenes import scene
from tests.support.server import Server

FRAMES, SIZE = 23, (320, 240)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("video") / "moving.mp4"
    picture = scene(np.random.default_rng(3), SIZE[1], SIZE[0], count=(3, 3)).picture
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, SIZE)
    for i in range(FRAMES):
        writer.write(np.roll(picture, i * 4, 1))
    writer.release()
    return path.read_bytes()


def post(client: httpx.Client, data: bytes, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    return client.post("/predict", files={"file": data}, data=fields, headers=headers)


@pytest.mark.parametrize("stride", [1, 2, 5, 23, 24])
def test_stride_answers_the_whole_part_of_the_frames(client: httpx.Client, video: bytes, stride: int) -> None:
    answered = post(client, video, vid_stride=stride)
    assert answered.status_code == 200
    content = answered.json()
    assert len(content["images"]) == content["metadata"]["imageCount"] == FRAMES // stride
    assert all(image["shape"] == [SIZE[1], SIZE[0]] and image["results"] for image in content["images"])


def test_lines_are_the_same_entries(client: httpx.Client, video: bytes) -> None:
    whole = post(client, video, vid_stride=4).json()["images"]
    lines = post(client, video, {"Accept": "application/x-ndjson"}, vid_stride=4)
    assert lines.headers["content-type"] == "application/x-ndjson"
    rows = [json.loads(line)["results"] for line in lines.text.splitlines()]
    assert rows == [image["results"] for image in whole]


def test_lines_come_while_the_video_is_read(client: httpx.Client, video: bytes) -> None:
    request = {"files": {"file": video}, "headers": {"Accept": "application/x-ndjson"}}
    with client.stream("POST", "/predict", **request) as answer:  # type: ignore[arg-type]
        assert json.loads(next(answer.iter_lines()))["shape"] == [SIZE[1], SIZE[0]]
    # The client is gone half-way: its place and its model are free again.
    for _ in range(3):
        assert post(client, video, vid_stride=10).status_code == 200


def test_annotated_video_has_every_frame(client: httpx.Client, video: bytes, tmp_path: Path) -> None:
    answered = post(client, video, format="image", vid_stride=2)
    assert answered.headers["content-type"] == "video/mp4"
    (tmp_path / "annotated.mp4").write_bytes(answered.content)
    found = cv2.VideoCapture(str(tmp_path / "annotated.mp4"))
    assert found.get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES // 2
    assert found.get(cv2.CAP_PROP_FPS) == 5
    frames = list(frames_of(found))
    assert all(frame.shape == (SIZE[1], SIZE[0], 3) for frame in frames)
    assert len(frames) == FRAMES // 2


def frames_of(capture: cv2.VideoCapture) -> Iterator[np.ndarray[Any, Any]]:
    while True:
        there, frame = capture.read()
        if not there:
            return
        yield frame


def test_too_long_a_video_is_413(video: bytes, tmp_path: Path) -> None:
    with Server(tmp_path, MAX_VIDEO_FRAMES="10") as server, server.client() as client:
        refused = post(client, video)
        assert refused.status_code == 413
        assert refused.json() == {"error": "The video has more than 10 frames to answer; try a larger vid_stride."}
        assert len(post(client, video, vid_stride=3).json()["images"]) == FRAMES // 3
        lines = post(client, video, {"Accept": "application/x-ndjson"}).text.splitlines()
        assert len(lines) == 11
        assert json.loads(lines[-1]) == refused.json()


def test_video_and_pictures_in_one_request(client: httpx.Client, video: bytes) -> None:
    picture = cv2.imencode(".png", np.zeros((50, 60, 3), np.uint8))[1].tobytes()
    files = [("file", picture), ("file", video), ("file", picture)]
    images = client.post("/predict", files=files, data={"vid_stride": "10"}).json()["images"]
    assert [image["shape"] for image in images] == [[50, 60], [240, 320], [240, 320], [50, 60]]


def test_bad_stride_is_400(client: httpx.Client, video: bytes) -> None:
    assert post(client, video, vid_stride=0).status_code == 400
