"""The `ul` command, as it is installed: `ul cloud predict` on a picture of every task."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from model_cache.builtin import EXAMPLES, WEIGHTS
from tests.clients.conftest import PICTURES
from tests.dialects.cases import expected_rows
from tests.support.server import Server

UL = Path(sys.executable).parent / "ul"


def ul(server: Server, folder: Path, *arguments: str, key: str = "ul_0123456789") -> subprocess.CompletedProcess[str]:
    environment = {
        "ULTRALYTICS_PLATFORM_URL": server.url,
        "ULTRALYTICS_API_KEY": key,
        "YOLO_CONFIG_DIR": str(folder / "config"),
        "YOLO_OFFLINE": "1",
    }
    return subprocess.run(
        [str(UL), *arguments], cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("task", PICTURES)
def test_cloud_predict(server: Server, tmp_path: Path, task: str) -> None:
    source, saved = EXAMPLES / PICTURES[task], tmp_path / "saved"
    arguments = (f"model=ul://acme/shapes/shapes-{task}", f"source={source}", "conf=0.6", "imgsz=320")
    done = ul(server, tmp_path, "cloud", "predict", *arguments, f"save_dir={saved}", "save_txt=True")
    assert done.returncode == 0, done.stderr
    assert f"Results saved to {saved}" in done.stdout
    answer = json.loads((saved / "results.json").read_text())
    rows = expected_rows(source.name, f"shapes-{task}", conf=0.6, imgsz=320)
    assert answer["images"][0]["results"] == rows
    with Image.open(saved / source.name) as drawn, Image.open(source) as given:
        assert drawn.size == given.size
        assert drawn.tobytes() != given.tobytes()
    # The client reads positions from the order of our keys, and writes what it understood.
    lines = (saved / "labels" / f"{source.stem}.txt").read_text().splitlines()
    assert len(lines) == len(rows)


def test_boxes_are_understood(server: Server, tmp_path: Path) -> None:
    source, saved = EXAMPLES / "crowd.jpg", tmp_path / "saved"
    arguments = ("model=ul://acme/shapes/shapes-detect", f"source={source}", f"save_dir={saved}", "save_txt=True")
    assert ul(server, tmp_path, "cloud", "predict", *arguments).returncode == 0
    found = [[float(word) for word in line.split()] for line in (saved / "labels/crowd.txt").read_text().splitlines()]
    for (number, *centre_and_size), row in zip(found, expected_rows("crowd.jpg", normalize=True), strict=True):
        box = row["box"]
        expected = [
            (box["x1"] + box["x2"]) / 2,
            (box["y1"] + box["y2"]) / 2,
            box["x2"] - box["x1"],
            box["y2"] - box["y1"],
        ]
        assert number == row["class"]
        assert centre_and_size == pytest.approx(expected, abs=1e-4)


def test_official_name_is_ours_where_we_have_it(server: Server, tmp_path: Path) -> None:
    """The client asks for ultralytics/yolo26/yolo26n first; it goes on with a file of its own only after a 404."""
    store, source = tmp_path / "store", EXAMPLES / "crowd.jpg"
    store.mkdir()
    shutil.copy(WEIGHTS / "shapes-detect.onnx", store / "yolo26n.onnx")
    arguments = ("cloud", "predict", "model=yolo26n.pt", f"source={source}", f"save_dir={tmp_path}/saved")
    with Server(tmp_path, MODEL_STORE=str(store)) as ours:
        done = ul(ours, tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    answer = json.loads((tmp_path / "saved/results.json").read_text())
    assert answer["images"][0]["results"] == expected_rows("crowd.jpg")

    done = ul(server, tmp_path, *arguments)
    assert done.returncode != 0


def test_unknown_model_is_said(server: Server, tmp_path: Path) -> None:
    source = EXAMPLES / "crowd.jpg"
    done = ul(server, tmp_path, "cloud", "predict", "model=ul://acme/shapes/nobody", f"source={source}")
    assert done.returncode == 1
    assert 'API request failed (HTTP 404): There is no model "acme/shapes/nobody"' in done.stderr


def test_health_by_command(server: Server, tmp_path: Path) -> None:
    done = ul(server, tmp_path, "cloud", "deployments", "health", "owner=acme", "deployment=shapes-detect")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["healthy"] is True
