"""What takes more than one request, or a picture that is made for it."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from model_cache.builtin import EXAMPLES
from tests.dialects.cases import expected_rows
from tests.support.server import Server

PATH = "/shapes-detect/1"


def turned(name: str, kind: str) -> bytes:
    """A picture whose EXIF says that it is to be turned by a right angle."""
    exif = Image.Exif()
    exif[0x0112] = 6
    written = io.BytesIO()
    Image.open(EXAMPLES / name).save(written, kind, exif=exif, quality=95)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_auto_orient(client: httpx.Client, kind: str) -> None:
    picture = turned("crowd.jpg", kind)
    upright = client.post(PATH, content=picture).json()
    assert upright["image"] == {"width": 720, "height": 960}
    stored = client.post(f"{PATH}?disable_preproc_auto_orient=true", content=picture).json()
    assert stored["image"] == {"width": 960, "height": 720}
    names = [row["name"] for row in expected_rows("crowd.jpg", conf=0.4, iou=0.3)]
    assert sorted(one["class"] for one in stored["predictions"]) == sorted(names)


def test_cold_start_is_the_first_request(tmp_path: Path) -> None:
    with Server(tmp_path, DEFAULT_MODEL="shapes-detect") as server, server.client() as client:
        answers = [client.post("/shapes-obb/1", content=(EXAMPLES / "crowd.jpg").read_bytes()) for _ in range(2)]
    assert [answer.headers["x-model-cold-start"] for answer in answers] == ["true", "false"]
    assert all(0 < float(answer.headers["x-processing-time"]) < 60 for answer in answers)


def test_picture_says_the_model(client: httpx.Client) -> None:
    answer = client.post(f"{PATH}?format=image", content=(EXAMPLES / "crowd.jpg").read_bytes())
    assert answer.headers["x-model-id"] == "shapes-detect"


def test_every_request_has_its_own_ids(client: httpx.Client) -> None:
    answers = [client.post(PATH, content=(EXAMPLES / "crowd.jpg").read_bytes()).json() for _ in range(2)]
    ids = [answer["inference_id"] for answer in answers]
    ids += [one["detection_id"] for answer in answers for one in answer["predictions"]]
    assert len(set(ids)) == len(ids)


def test_fixed_routes_come_first(client: httpx.Client) -> None:
    assert client.get("/health?api_key=KEY").json()["status"] == "ok"
    assert client.get("/?api_key=KEY").json()["name"] == "yolo-endpoint"
    assert "deployments" in client.get("/api/deployments?api_key=KEY").json()
