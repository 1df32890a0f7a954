"""`ul cloud predict` on a film: the client decodes it as well, and wants as many answers as it counts frames."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_cache.builtin import EXAMPLES
from tests.clients.conftest import PICTURES
from tests.clients.test_ul import ul
from tests.dialects.cases import expected_rows
from tests.support.server import Server

FRAMES = 11


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example picture, wandering to the right."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    picture = np.asarray(cv2.imread(str(EXAMPLES / "shapes.jpg")), np.uint8)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, picture.shape[1::-1])
    assert writer.isOpened()
    for number in range(FRAMES):
        writer.write(np.roll(picture, number * 4, 1))
    writer.release()
    return path


@pytest.mark.parametrize(("task", "stride"), [("detect", 1), ("detect", 3), *((task, 2) for task in PICTURES)])
def test_cloud_predict(server: Server, film: Path, tmp_path: Path, task: str, stride: int) -> None:
    saved = tmp_path / "saved"
    arguments = (f"model=ul://acme/shapes/shapes-{task}", f"source={film}", f"vid_stride={stride}", f"save_dir={saved}")
    done = ul(server, tmp_path, "cloud", "predict", *arguments)
    assert done.returncode == 0, done.stderr
    answer = json.loads((saved / "results.json").read_text())
    assert len(answer["images"]) == answer["metadata"]["imageCount"] == FRAMES // stride
    assert all(image["results"] for image in answer["images"])
    drawn = next(path for path in saved.iterdir() if path.stem == film.stem)
    capture = cv2.VideoCapture(str(drawn))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES // stride
    capture.release()


def test_first_frame_is_the_pictures(server: Server, film: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    arguments = ("model=ul://acme/shapes/shapes-detect", f"source={film}", f"save_dir={saved}")
    assert ul(server, tmp_path, "cloud", "predict", *arguments).returncode == 0
    first = json.loads((saved / "results.json").read_text())["images"][0]["results"]
    # The film is compressed anew: names must be the same, boxes nearly.
    for row, expected in zip(first, expected_rows("shapes.jpg"), strict=True):
        assert row["name"] == expected["name"]
        assert row["box"] == pytest.approx(expected["box"], abs=5)
