from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from model_cache.cache import ModelCache
from model_cache.catalogue import FLOOR_S
from model_cache.errors import ModelCacheError, ModelNotFound, StoreUnavailable
from model_cache.manifest import ModelEntry
from tests.model_cache.test_manifest import BAD_IDS
from tests.support.caches import Make, Weights, body, files, settle, weights
from tests.support.gcs import PATIENCE, FakeBucket, Fault, serve


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What each of `count` threads gets or raises."""
    start = threading.Barrier(count)

    def run(_: int) -> Any:
        start.wait(PATIENCE)
        try:
            return work()
        except ModelCacheError as exc:
            return exc

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_cold_model_is_fetched_and_opened_once(bucket: FakeBucket, make: Make) -> None:
    bucket.put("a.onnx", weights("a"))
    opened = []

    def open_model(path: Path, entry: ModelEntry) -> Weights:
        opened.append(entry.id)
        return Weights(path, entry)

    cache = make(open_model=open_model)
    assert at_once(16, lambda: body(cache, "a")) == [b"a"] * 16
    assert bucket.calls == {"index": 1, "list": 1, "metadata": 1, "media": 1}
    assert opened == ["a"]


def test_waiters_share_the_failure_and_the_next_request_tries_again(bucket: FakeBucket, make: Make) -> None:
    bucket.put("a.onnx", weights("a"))
    bucket.faults["media"].append(Fault(403))
    cache = make()
    with ThreadPoolExecutor(16) as pool, bucket.hold_media():
        waiters = [pool.submit(body, cache, "a") for _ in range(16)]
        bucket.wait_for("media", 1)
        # One has the request under way; of the others some may not wait yet, and load for themselves.
    failures = [waiter.exception() for waiter in waiters]
    assert any(isinstance(failure, StoreUnavailable) for failure in failures)
    assert body(cache, "a") == b"a"
    assert bucket.calls["media"] == 2


def test_models_load_side_by_side(bucket: FakeBucket, make: Make) -> None:
    """Each is opened only once the other is being opened too."""
    for name in "ab":
        bucket.put(f"{name}.onnx", weights(name))
    both = threading.Barrier(2)

    def open_model(path: Path, entry: ModelEntry) -> Weights:
        both.wait(PATIENCE)
        return Weights(path, entry)

    cache = make(open_model=open_model)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda name: body(cache, name), "ab")) == [b"a", b"b"]


def test_waiter_takes_a_model_that_has_left_already(bucket: FakeBucket, make: Make, folder: Path) -> None:
    """Leases taken after a model left neither revive nor twice delete its file."""
    bucket.put("a.onnx", weights("a"))
    cache = make()
    with cache.get("a"):
        (slot,) = cache._shelf.slots()
    cache._shelf.remove(slot)
    for _ in range(2):
        cache._shelf.extend(slot)
        cache._shelf.release(slot)
    assert cache.snapshot().loaded == ()
    assert body(cache, "a") == b"a"
    assert cache.unload("a")
    assert files(folder) == []


def elapse_floor(cache: ModelCache[Weights]) -> None:
    """As if the index had been read a while ago."""
    cache._catalogue._read_at -= FLOOR_S


@pytest.mark.parametrize("name", BAD_IDS)
def test_tricky_id_asks_no_store(name: str, bucket: FakeBucket, make: Make) -> None:
    with pytest.raises(ModelNotFound, match=r"^There is no such model here\.$"):
        body(make(), name)
    assert not bucket.calls


def test_alias_is_the_same_model(bucket: FakeBucket, make: Make) -> None:
    bucket.put("coco/3.onnx", weights("3"))
    bucket.put_index({"coco/3": {"file": "coco/3.onnx", "aliases": ["acme/street/yolov8n"]}})
    cache = make()
    with cache.get("acme/street/yolov8n") as by_alias, cache.get("coco/3") as by_id:
        assert by_alias is by_id
    assert cache.loaded("acme/street/yolov8n")
    assert not cache.loaded("coco")
    assert cache.resolve("acme/street/yolov8n").id == "coco/3"


def test_no_name_is_the_default_or_the_only_model(bucket: FakeBucket, make: Make) -> None:
    bucket.put("a.onnx", weights("a"))
    assert body(make()) == b"a"
    bucket.put("b.onnx", weights("b"))
    assert body(make(default="b")) == b"b"
    with pytest.raises(ModelNotFound, match="must name a model"):
        body(make())


def test_flood_of_unknown_names_asks_the_store_twice(bucket: FakeBucket, make: Make) -> None:
    bucket.put("a.onnx", weights("a"))
    cache, began = make(), time.monotonic()
    for number in range(200):
        with pytest.raises(ModelNotFound, match=f'"x{number}"'):
            body(cache, f"x{number}")
    assert bucket.calls["index"] <= 2 + (time.monotonic() - began) / FLOOR_S


def test_unknown_name_while_the_store_is_away_is_not_called_missing(bucket: FakeBucket, make: Make) -> None:
    bucket.put("a.onnx", weights("a"))
    cache = make()
    assert body(cache, "a") == b"a"
    bucket.always["index"] = Fault(403)
    elapse_floor(cache)
    for _ in range(5):
        with pytest.raises(StoreUnavailable):
            body(cache, "b")
    assert bucket.calls["index"] <= 3
    assert cache.snapshot().failure is not None
    assert body(cache, "a") == b"a"


def test_new_model_is_found_and_a_removed_one_is_not(bucket: FakeBucket, make: Make) -> None:
    bucket.put("a.onnx", weights("a"))
    bucket.put_index({"a": {"file": "a.onnx"}})
    cache = make(poll_s=0.0)
    assert body(cache, "a") == b"a"
    settle()
    bucket.put("b.onnx", weights("b"))
    bucket.put_index({"b": {"file": "b.onnx"}})
    elapse_floor(cache)
    assert body(cache, "b") == b"b"
    settle()
    with pytest.raises(ModelNotFound):
        body(cache, "a")
    assert cache.snapshot().loaded == ("b",)
    assert [entry.id for entry in cache.entries()] == ["b"]


def test_loaded_models_answer_while_the_store_is_away(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBucket()
    for name in "ab":
        fake.put(f"{name}.onnx", weights(name))
    with serve(fake):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", fake.url)
        cache = make(poll_s=0.0)
        assert body(cache, "a") == b"a"
        settle()
    assert body(cache, "a") == b"a"
    settle()
    assert body(cache, "a") == b"a"
    with pytest.raises(StoreUnavailable):
        body(cache, "b")
    settle()
    with serve(fake, int(fake.url.rpartition(":")[2])):
        assert body(cache, "b") == b"b"
        settle()


def test_load_ahead(bucket: FakeBucket, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    bucket.put("a.onnx", weights("a"))
    cache = make()
    with bucket.hold_media():
        thread = cache.start_loading()
        bucket.wait_for("media", 1)
        assert cache.snapshot().loading == ("a",)
        assert not cache.loaded("a")
    thread.join(PATIENCE)
    assert cache.loaded("a")
    assert cache.snapshot().nbytes == len(weights("a"))
    cache.start_loading("b").join(PATIENCE)
    assert 'No model was loaded ahead: There is no model "b" here.' in caplog.text
