"""From a folder of checkpoints to a server that answers as they do; then what a store's keeper does with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ultralytics import YOLO

from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.engines import torchvision_ops
from model_cache.prediction import TASKS
from model_cache.publish.__main__ import main
from tests.support import gcs
from tests.support.server import Server

STORE = f"gs://{gcs.BUCKET}/models"
PICTURE = EXAMPLES / "shapes.jpg"


@pytest.fixture(scope="module")
def bucket() -> Iterator[gcs.FakeBucket]:
    """gs://weights, for all tests here."""
    fake = gcs.FakeBucket()
    with gcs.serve(fake), pytest.MonkeyPatch.context() as environment:
        environment.setenv("STORAGE_EMULATOR_HOST", fake.url)
        yield fake


@pytest.fixture(scope="module")
def published(bucket: gcs.FakeBucket, tmp_path_factory: pytest.TempPathFactory) -> gcs.FakeBucket:
    """The built-in checkpoints of all tasks, in one command."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for task in TASKS:
        target = folder / ("acme/arrows" if task == "pose" else "") / f"{task}.pt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((WEIGHTS / f"shapes-{task}.pt").read_bytes())
    assert main([str(folder), STORE, "--pictures", str(EXAMPLES)]) == 0
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".pt"}, "nothing is written beside them"
    return bucket


def index(bucket: gcs.FakeBucket) -> dict[str, Any]:
    models: dict[str, Any] = json.loads(bucket.objects["models/models.json"][1])["models"]
    return models


def test_folder_is_indexed(published: gcs.FakeBucket) -> None:
    models = index(published)
    assert set(models) == {"detect", "segment", "acme/arrows/pose", "obb", "classify"}
    for entry in models.values():
        generation, data = published.objects[f"models/{entry['file']}"]
        assert entry["generation"] == str(generation)
        assert entry["size"] == len(data)
        assert entry["sha256"][:12] in entry["file"]
        assert entry["imgsz"] == 256
        assert b"/tmp/" not in data, "no path of the machine that exported it"


def test_served_answers_are_the_laptops(published: gcs.FakeBucket, tmp_path: Path) -> None:
    torchvision_ops.complete()
    with Server(tmp_path, MODEL_STORE=STORE, STORAGE_EMULATOR_HOST=published.url) as server, server.client() as client:
        for id_ in index(published):
            task = id_.rpartition("/")[2]
            theirs = YOLO(str(WEIGHTS / f"shapes-{task}.pt"), task=task).predict(str(PICTURE), verbose=False)[0]
            ours = client.post(f"/api/models/{id_}/predict", files={"file": PICTURE.read_bytes()}).json()
            rows = ours["images"][0]["results"]
            if theirs.probs is not None:
                assert rows[0]["class"] == theirs.probs.top1
                assert rows[0]["confidence"] == pytest.approx(float(theirs.probs.top1conf), abs=0.001)
                continue
            found = theirs.obb if theirs.obb is not None else theirs.boxes
            assert len(rows) == len(found) > 0
            assert np.allclose([row["confidence"] for row in rows], found.conf.tolist(), atol=0.001)
            if theirs.obb is None:
                boxes = [[row["box"][corner] for corner in ("x1", "y1", "x2", "y2")] for row in rows]
                assert np.allclose(boxes, found.xyxy.numpy(), atol=0.01)


def test_list_and_verify(published: gcs.FakeBucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", STORE]) == 0
    assert "acme/arrows/pose  pose  256  f32" in capsys.readouterr().out
    assert main(["verify", STORE]) == 0
    assert capsys.readouterr().out.count("as it should be") == len(TASKS)


def test_verify_finds_damage(published: gcs.FakeBucket, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"models/{index(published)['obb']['file']}"
    kept = published.objects[name]
    published.put(name, kept[1][:1000] + b"damage" + kept[1][1006:])
    assert main(["verify", STORE]) == 1
    out = capsys.readouterr().out
    assert out.count("as it should be") == len(TASKS) - 1
    said = next(line for line in out.splitlines() if line.startswith("obb "))
    assert said.endswith("has not the sha256 that models.json gives.")
    published.objects[name] = kept
    assert main(["verify", STORE, "obb"]) == 0


def test_same_model_again_keeps_its_file_and_aliases(published: gcs.FakeBucket) -> None:
    source = str(WEIGHTS / "shapes-classify.pt")
    before = index(published)["classify"]
    for more in (["--alias", "coco/3", "kinds"], []):
        assert main([source, f"{STORE}/classify", "--pictures", str(EXAMPLES), *more]) == 0
        now = index(published)["classify"]
        assert now.pop("aliases") == ["coco/3", "kinds"]
        assert now == before


@pytest.mark.parametrize("imgsz", [320, 352])
def test_size_of_ones_own(imgsz: int, tmp_path: Path) -> None:
    """At which some of the generated pictures fill whole strides by rounding."""
    assert main([str(WEIGHTS / "shapes-detect.pt"), str(tmp_path / "store/big"), "--imgsz", str(imgsz)]) == 0
    entry = json.loads((tmp_path / "store/models.json").read_bytes())["models"]["big"]
    assert entry["imgsz"] == imgsz


def test_remove(published: gcs.FakeBucket, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"models/{index(published)['segment']['file']}"
    assert main(["remove", f"{STORE}/segment"]) == 0
    assert "segment" not in index(published)
    assert name not in published.objects
    assert main(["remove", f"{STORE}/segment"]) == 1
    assert capsys.readouterr().err == f'There is no model "segment" in {STORE}.\n'
