from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_cache.errors import ModelUnusable, StoreUnavailable
from model_cache.manifest import ModelEntry
from tests.support.caches import Make, Weights, body, described, files, weights
from tests.support.gcs import FakeBucket, Fault


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"size": 3}], ids=["sha256", "size"])
def test_file_that_is_not_what_the_index_promised(
    wrong: dict[str, Any], bucket: FakeBucket, make: Make, folder: Path
) -> None:
    data = weights("a")
    bucket.put("a.onnx", data)
    bucket.put_index({"a": described(data, file="a.onnx") | wrong})
    cache = make()
    for _ in range(2):
        with pytest.raises(ModelUnusable, match=r'the model "a" has not the (sha256|size)'):
            body(cache, "a")
        assert files(folder) == []
    bucket.put_index({"a": described(data, file="a.onnx")})
    assert body(cache, "a") == b"a"


@pytest.mark.parametrize("data", [b"", weights("a")[:3], b"<html>"], ids=["empty", "half", "other"])
def test_file_that_cannot_be_opened(data: bytes, bucket: FakeBucket, make: Make, folder: Path) -> None:
    bucket.put("a.onnx", data)
    bucket.put("b.onnx", weights("b"))
    cache = make()
    assert body(cache, "b") == b"b"
    for _ in range(2):
        with pytest.raises(ModelUnusable):
            body(cache, "a")
    assert len(files(folder)) == 1
    assert body(cache, "b") == b"b"
    bucket.put("a.onnx", weights("a"))
    assert body(cache, "a") == b"a"


def test_body_cut_in_half_leaves_nothing(bucket: FakeBucket, make: Make, folder: Path) -> None:
    bucket.put("a.onnx", weights("a", 5000))
    bucket.always["media"] = Fault(cut=True)
    cache = make()
    with pytest.raises(StoreUnavailable):
        body(cache, "a")
    assert files(folder) == []
    bucket.always.clear()
    assert body(cache, "a") == b"a"


def test_index_and_file_replaced_one_after_another(bucket: FakeBucket, make: Make) -> None:
    """A cold model whose file is newer than the index that was read."""
    for version in "12":
        data = weights(version)
        bucket.put("a.onnx", data)
        bucket.put_index({"a": described(data, file="a.onnx")})
        if version == "1":
            cache = make()
            assert len(cache.entries()) == 1
    assert body(cache, "a") == b"2"


def test_local_file_is_served_in_place_and_never_deleted(tmp_path: Path, make: Make, folder: Path) -> None:
    (tmp_path / "store").mkdir()
    for name in "ab":
        (tmp_path / "store" / f"{name}.pt").write_bytes(weights(name, 100))
    cache = make(str(tmp_path / "store"), limit=100)
    for name in "abab":
        with cache.get(name) as model:
            assert model.path == tmp_path / "store" / f"{name}.pt"
    assert not folder.exists()


def test_local_file_with_wrong_sha256(tmp_path: Path, make: Make) -> None:
    (tmp_path / "a.pt").write_bytes(weights("a"))
    (tmp_path / "models.json").write_text('{"models": {"a": {"file": "a.pt", "sha256": "%s"}}}' % ("0" * 64))
    with pytest.raises(ModelUnusable):
        body(make(str(tmp_path)), "a")


def test_local_file_written_while_it_is_opened(tmp_path: Path, make: Make) -> None:
    """What is opened is what was there before and after."""
    path = tmp_path / "a.pt"
    path.write_bytes(weights("1"))
    versions = iter(("2", "3"))

    def open_model(path: Path, entry: ModelEntry) -> Weights:
        model = Weights(path, entry)
        newer = next(versions, None)
        if newer:
            path.write_bytes(weights(newer * 10))
        return model

    assert body(make(str(tmp_path), open_model), "a") == b"3" * 10


def test_local_file_that_is_always_being_written(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(weights("1"))

    def open_model(path: Path, entry: ModelEntry) -> Weights:
        model = Weights(path, entry)
        path.write_bytes(path.read_bytes() + b"1")
        return model

    with pytest.raises(ModelUnusable, match="is being written just now"):
        body(make(str(tmp_path), open_model), "a")
