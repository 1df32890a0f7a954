from __future__ import annotations

import logging
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from model_cache.manifest import ModelEntry
from model_cache.stores import ahead
from tests.support.caches import Make, Weights, body, described, files, publish, settle, weights
from tests.support.gcs import PATIENCE, FakeBucket


def test_same_file_uploaded_again_is_not_fetched_again(bucket: FakeBucket, make: Make, folder: Path) -> None:
    """Two generations with one content share a file, which the first to leave does not take along."""
    publish(bucket, "1", indexed=True)
    cache = make(poll_s=0.0)
    for _ in range(3):
        with cache.get("a") as model:
            assert files(folder) == [model.path]
        settle()
        publish(bucket, "1", indexed=True)
    assert bucket.calls["media"] == 1
    assert cache.unload("a")
    assert files(folder) == []


@pytest.mark.parametrize("indexed", [True, False])
def test_replaced_model_answers_old_until_the_new_is_loaded(
    indexed: bool, bucket: FakeBucket, make: Make, folder: Path
) -> None:
    publish(bucket, "1", indexed)
    cache = make(poll_s=0.0)
    assert body(cache, "a") == b"1"
    settle()
    publish(bucket, "2", indexed)
    with cache.get("a") as old, bucket.hold_media():
        bucket.wait_for("media", 2)
        for _ in range(5):
            assert body(cache, "a") == b"1"
        gone = threading.Event()
        weakref.finalize(old, gone.set)
    settle()
    assert body(cache, "a") == b"2"
    assert old.body == b"1"
    del old
    assert gone.wait(PATIENCE)
    assert len(files(folder)) == 1


def test_broken_replacement_leaves_the_old_and_is_fetched_once(
    bucket: FakeBucket, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.put("a.onnx", weights("1"))
    cache = make(poll_s=0.0)
    for _ in range(3):
        assert body(cache, "a") == b"1"
        settle()
        if not caplog.records:
            bucket.put("a.onnx", b"broken")
    assert bucket.calls["media"] == 2
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        'The new "a" cannot be loaded, the old one stays: The model "a" cannot be read.'
    ]
    bucket.put("a.onnx", weights("3"))
    assert body(cache, "a") == b"1"
    settle()
    assert body(cache, "a") == b"3"


def test_replacement_that_fails_in_an_unforeseen_way(
    bucket: FakeBucket, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.put("a.onnx", weights("1"))

    def open_model(path: Path, entry: ModelEntry) -> Weights:
        model = Weights(path, entry)
        if model.body == b"2":
            raise ZeroDivisionError
        return model

    cache = make(open_model=open_model, poll_s=0.0)
    assert body(cache, "a") == b"1"
    settle()
    bucket.put("a.onnx", weights("2"))
    for _ in range(2):
        assert body(cache, "a") == b"1"
        settle()
    assert "ZeroDivisionError" in caplog.text


def test_store_is_left_alone_until_the_poll_time(bucket: FakeBucket, make: Make) -> None:
    bucket.put("a.onnx", weights("1"))
    cache = make()
    assert body(cache, "a") == b"1"
    calls = bucket.calls.copy()
    for _ in range(20):
        assert body(cache, "a") == b"1"
    settle()
    assert bucket.calls == calls


def test_local_file_is_replaced(tmp_path: Path, make: Make) -> None:
    (tmp_path / "a.pt").write_bytes(weights("1"))
    cache = make(str(tmp_path), poll_s=0.0)
    assert body(cache, "a") == b"1"
    settle()
    (tmp_path / "new").write_bytes(weights("2"))
    (tmp_path / "new").rename(tmp_path / "a.pt")
    assert body(cache, "a") == b"1"
    settle()
    assert body(cache, "a") == b"2"


def test_every_answer_is_wholly_old_or_wholly_new(bucket: FakeBucket, make: Make) -> None:
    publish(bucket, "0", indexed=True)
    cache = make(poll_s=0.0)
    assert body(cache, "a") == b"0"
    last = threading.Event()

    def ask() -> list[bytes]:
        seen = []
        while not last.is_set():
            seen.append(body(cache, "a"))
        return seen

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(ask) for _ in range(4)]
        for version in range(1, 5):
            data, calls = weights(str(version) * 1000), bucket.calls["media"]
            bucket.put("a.onnx", data)
            bucket.put_index({"a": described(data, file="a.onnx")})
            bucket.wait_for("media", calls + 1)
        last.set()
        answers = {answer for worker in workers for answer in worker.result()}
    settle()
    assert answers <= {b"0", *(str(version).encode() * 1000 for version in range(1, 5))}


def test_emulator_end_to_end(emulator: tuple[Any, str], make: Make) -> None:
    emulator[0].blob("a.onnx").upload_from_string(weights("1"))
    cache = make(store="gs://weights", poll_s=0.0)
    assert body(cache, "a") == b"1"
    settle()
    emulator[0].blob("a.onnx").upload_from_string(weights("2"))
    assert body(cache, "a") == b"1"
    settle()
    assert body(cache, "a") == b"2"
    assert ahead.PIECE > 10 * 2**20  # a nano model is one download
