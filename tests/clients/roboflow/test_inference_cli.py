"""inference-cli: `inference infer` of pictures and a folder, and `inference benchmark api-speed`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from model_cache.builtin import EXAMPLES
from tests.clients.roboflow.conftest import PYTHON, command
from tests.clients.roboflow.inference import boxes, check, expected
from tests.support.server import Server

INFERENCE = str(PYTHON.parent / "inference")


@pytest.mark.parametrize("task", ["detect", "segment", "pose", "obb"])
def test_infer_a_picture(server: Server, tmp_path: Path, task: str) -> None:
    picture = ("--input", str(EXAMPLES / "crowd.jpg"), "--output_location", str(tmp_path / "out"))
    model = ("--model_id", f"shapes-{task}/1", "--host", server.url, "--api-key", "KEY")
    command(server, tmp_path, INFERENCE, "infer", *picture, *model)
    (saved,) = (tmp_path / "out").rglob("*.json")
    answer = json.loads(saved.read_text())
    assert answer["predictions"]
    if task != "obb":
        check(boxes(answer), expected(model=f"shapes-{task}"))
    assert list((tmp_path / "out").rglob("*.jpg"))


def test_infer_a_folder(server: Server, tmp_path: Path) -> None:
    pictures = ("crowd.jpg", "shapes.jpg")
    (tmp_path / "in").mkdir()
    for name in pictures:
        shutil.copy(EXAMPLES / name, tmp_path / "in")
    where = ("--input", str(tmp_path / "in"), "--output_location", str(tmp_path / "out"), "--no-visualise")
    command(server, tmp_path, INFERENCE, "infer", *where, "--model_id", "shapes-detect/1", "--host", server.url)
    saved = sorted((tmp_path / "out").rglob("*.json"))
    assert len(saved) == len(pictures)


@pytest.mark.parametrize("routes", ["--legacy-endpoints", "--no-legacy-endpoints"])
def test_benchmark(server: Server, tmp_path: Path, routes: str) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(EXAMPLES / "shapes.jpg", tmp_path / "in")
    few = ("--warm_up_requests", "1", "--benchmark_requests", "3", "--clients", "2", "--max_error_rate", "0")
    where = ("--dataset_reference", str(tmp_path / "in"), "--host", server.url, "--api-key", "KEY")
    out = tmp_path / "result.json"
    model = ("--model_id", "shapes-detect/1", "--output_location", str(out))
    command(server, tmp_path, INFERENCE, "benchmark", "api-speed", *model, *where, *few, routes)
    results = json.loads(out.read_text())["benchmark_results"]
    # It asks as often as it is told by each of its clients.
    assert (results["inferences_made"], results["error_rate"]) == (6, 0.0)
