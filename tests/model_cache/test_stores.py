from __future__ import annotations

import os
from pathlib import Path

import pytest

from model_cache.errors import ModelNotFound, StoreUnavailable
from model_cache.manifest import ModelEntry
from model_cache.stores import STORES, open_store
from tests.support.gcs import FakeBucket
from tests.support.s3 import FakeS3

ENTRY = ModelEntry("coco/3", "coco/3.onnx")
DATA = bytes(range(256)) * 40


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "target"


@pytest.mark.parametrize("form", ["{}", "file://{}", "file://localhost{}"])
def test_folder_is_listed_and_read_in_place(form: str, tmp_path: Path, target: Path) -> None:
    folder = tmp_path / "a folder"
    (folder / "coco").mkdir(parents=True)
    (folder / "coco" / "3.onnx").write_bytes(DATA)
    store = open_store(form.format(folder if form == "{}" else str(folder).replace(" ", "%20")))
    assert store.manifest().entries == (ENTRY,)
    fetched = store.fetch(ENTRY, target)
    assert fetched.path == folder / "coco" / "3.onnx"
    assert fetched.version == store.version(ENTRY)
    assert not target.parent.exists()


def test_folder_with_index(tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text('{"models": {"x": {"file": "coco/3.onnx"}}}')
    store = open_store(str(tmp_path))
    assert store.manifest().entries == (ModelEntry("x", "coco/3.onnx"),)
    (tmp_path / "models.json").write_text("{")
    with pytest.raises(StoreUnavailable, match=r"models\.json is not valid JSON"):
        store.manifest()


def test_version_of_a_file_changes_with_it(tmp_path: Path) -> None:
    store, entry, path = open_store(str(tmp_path)), ModelEntry("a", "a.pt"), tmp_path / "a.pt"
    path.write_bytes(b"one")
    versions = {store.version(entry)}
    os.utime(path, ns=(1, 1))
    versions.add(store.version(entry))
    (tmp_path / "new").write_bytes(b"two")
    os.utime(tmp_path / "new", ns=(1, 1))
    (tmp_path / "new").rename(path)
    versions.add(store.version(entry))
    assert len(versions) == 3


def test_missing_file_and_missing_folder(tmp_path: Path, target: Path) -> None:
    store = open_store(str(tmp_path))
    (tmp_path / "folder.pt").mkdir()
    (tmp_path / "file").touch()
    for file in ("a.pt", "folder.pt", "file/a.pt"):
        with pytest.raises(ModelNotFound, match=r'^There is no model "a" here\.$'):
            store.fetch(ModelEntry("a", file), target)
    with pytest.raises(StoreUnavailable):
        open_store(str(tmp_path / "nowhere")).manifest()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path, target: Path) -> None:
    (tmp_path / "a.pt").write_bytes(DATA)
    (tmp_path / "a.pt").chmod(0)
    with pytest.raises(StoreUnavailable):
        open_store(str(tmp_path)).fetch(ModelEntry("a", "a.pt"), target)


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "gs://", "gs:///prefix", "s3://", "file://host/x", "https://x.test/models"]
)
def test_store_of_no_known_kind(url: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        open_store(url)


def test_opening_a_store_asks_nothing(bucket: FakeBucket, s3_bucket: FakeS3) -> None:
    s3_bucket.calls.clear()
    for scheme in STORES:
        open_store(f"{scheme}://weights/models" if scheme in {"gs", "s3"} else "/nowhere")
    assert not bucket.calls
    assert not s3_bucket.calls
