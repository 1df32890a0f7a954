from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import resource
import subprocess
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from model_cache.cache import ModelCache
from model_cache.catalogue import FLOOR_S
from model_cache.errors import ModelCacheError, ModelNotFound, ModelUnusable, StoreUnavailable
from model_cache.manifest import ModelEntry
from model_cache.stores import gcs, open_store
from model_cache.stores.gcs import GcsStore
from tests.model_cache.test_manifest import BAD_IDS
from tests.support.gcs import PATIENCE, FakeBucket, Fault, serve

NEVER = 3600.0  # seconds between looks, where a test wants none


class Weights:
    """What the tests' files hold: "weights" and a body. As large in memory as on disk."""

    def __init__(self, path: Path, entry: ModelEntry) -> None:
        data = path.read_bytes()
        if not data.startswith(b"weights"):
            raise ModelUnusable(f'The model "{entry.id}" cannot be read.')
        self.body, self.nbytes, self.path = data[len(b"weights") :], len(data), path


Opener = Callable[[Path, ModelEntry], Weights]
Make = Callable[..., ModelCache[Weights]]


def weights(body: bytes | str, size: int = 0) -> bytes:
    return (b"weights" + (body.encode() if isinstance(body, str) else body)).ljust(size, b".")


def described(data: bytes, **more: Any) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    """A cache of the test's bucket, or of another store."""

    def cache(
        store: str | GcsStore | None = None, open_model: Opener = Weights, limit: int = 10**6, **more: Any
    ) -> ModelCache[Weights]:
        if store is None:
            store = GcsStore("weights", "", seconds=2.0)
        store_ = open_store(store) if isinstance(store, str) else store
        return ModelCache(store_, open_model, folder, limit, **({"poll_s": NEVER} | more))

    yield cache
    settle()


def settle() -> None:
    """Until no look at the store, and no load ahead, is under way."""
    for thread in threading.enumerate():
        if thread.name in {"store-watch", "model-load"}:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def body(cache: ModelCache[Weights], name: str | None = None) -> bytes:
    with cache.get(name) as model:
        return model.body.rstrip(b".")


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


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


# One load for all


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


# Names


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
    cache = make()
    for number in range(200):
        with pytest.raises(ModelNotFound, match=f'"x{number}"'):
            body(cache, f"x{number}")
    # It takes less than FLOOR_S; a machine that stands still may ask once more for each that passes.
    assert bucket.calls["index"] <= 3


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


def elapse_floor(cache: ModelCache[Weights]) -> None:
    """As if the index had been read a while ago."""
    cache._catalogue._read_at -= FLOOR_S


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


# What is not as it should be


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
    elapse_floor(cache)
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
    elapse_floor(cache)
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


# The store away


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


# Replaced


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


def publish(bucket: FakeBucket, version: str, indexed: bool) -> None:
    data = weights(version)
    bucket.put("a.onnx", data)
    if indexed:
        bucket.put_index({"a": described(data, file="a.onnx")})


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
    cache = make(poll_s=NEVER)
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
    last = threading.Event()

    def ask() -> list[bytes]:
        seen = []
        while not last.is_set():
            seen.append(body(cache, "a"))
        return seen

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(ask) for _ in range(4)]
        for version in range(1, 5):
            data = weights(str(version) * 1000)
            bucket.put("a.onnx", data)
            bucket.put_index({"a": described(data, file="a.onnx")})
            # Media of this version, or the one that the next look takes.
            bucket.wait_for("media", bucket.calls["media"] + 1)
        last.set()
        answers = {answer for worker in workers for answer in worker.result()}
    settle()
    assert answers <= {b"0", *(str(version).encode() * 1000 for version in range(1, 5))}


# Room


def test_least_recently_used_leaves_by_bytes(bucket: FakeBucket, make: Make, folder: Path) -> None:
    for name in "abcd":
        bucket.put(f"{name}.onnx", weights(name, 100))
    cache = make(limit=300)
    for name in "abcad":
        assert body(cache, name) == name.encode()
    assert cache.snapshot().loaded == ("c", "a", "d")
    assert cache.snapshot().nbytes == 300
    assert len(files(folder)) == 3
    assert body(cache, "b") == b"b"
    assert bucket.calls["media"] == 5


def test_model_in_use_does_not_leave(bucket: FakeBucket, make: Make, folder: Path) -> None:
    for name in "abc":
        bucket.put(f"{name}.onnx", weights(name, 100))
    cache = make(limit=150)
    with ExitStack() as leases:
        held = {name: leases.enter_context(cache.get(name)) for name in "abc"}
        assert cache.snapshot().loaded == ("a", "b", "c")
        assert all(model.path.exists() for model in held.values())
    assert cache.snapshot().loaded == ("c",)
    assert files(folder) == [held["c"].path]


def test_model_larger_than_the_limit_stays_until_another_is_asked_for(bucket: FakeBucket, make: Make) -> None:
    for name in "ab":
        bucket.put(f"{name}.onnx", weights(name, 100))
    cache = make(limit=50)
    for _ in range(3):
        assert body(cache, "a") == b"a"
    assert bucket.calls["media"] == 1
    assert body(cache, "b") == b"b"
    assert cache.snapshot().loaded == ("b",)


def test_many_models_little_room_many_threads(bucket: FakeBucket, make: Make, folder: Path) -> None:
    names = [f"m{number}" for number in range(12)]
    for name in names:
        bucket.put(f"{name}.onnx", weights(f"{name}/", 100))
    cache = make(limit=300)

    def ask(worker: int) -> None:
        for turn in range(25):
            name = names[(turn * 7 + worker * 5) % len(names)]
            with cache.get(name) as model:
                assert model.body.startswith(f"{name}/".encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert cache.snapshot().nbytes <= 300
    assert len(files(folder)) <= 3


def test_unload(bucket: FakeBucket, make: Make, folder: Path) -> None:
    bucket.put("a.onnx", weights("a"))
    cache = make()
    with cache.get("a") as model:
        assert cache.unload("a")
        assert not cache.loaded("a")
        assert model.path.exists()
    assert files(folder) == []
    assert not cache.unload("a")


# The disk


def test_file_of_an_earlier_process_is_taken_again_if_it_is_right(bucket: FakeBucket, make: Make, folder: Path) -> None:
    publish(bucket, "1", indexed=True)
    assert body(make(), "a") == b"1"
    assert body(make(), "a") == b"1"
    assert bucket.calls["media"] == 1
    (left,) = files(folder)
    left.write_bytes(weights("2"))
    assert body(make(), "a") == b"1"
    assert bucket.calls["media"] == 2


def test_file_without_sha256_is_not_trusted(bucket: FakeBucket, make: Make) -> None:
    publish(bucket, "1", indexed=False)
    for calls in (1, 2):
        assert body(make(), "a") == b"1"
        assert bucket.calls["media"] == calls


def test_left_files_go_when_the_limit_is_reached(bucket: FakeBucket, make: Make, folder: Path) -> None:
    folder.mkdir()
    others = [folder / "notes.txt", folder / "weights-0.part"]  # a user's; one that a process is writing
    left = [folder / "weights-1.onnx", folder / "weights-2.onnx", folder / "weights-3.part"]
    for age, path in enumerate([*others, *left]):
        path.write_bytes(b"." * 100)
        if path not in others:
            os.utime(path, (age, age))
    bucket.put("a.onnx", weights("a", 100))
    cache = make(limit=300)
    with cache.get("a") as model:
        assert set(files(folder)) == {*others, left[2], model.path}


def test_file_larger_than_the_system_allows(bucket: FakeBucket, make: Make, folder: Path) -> None:
    bucket.put("a.onnx", weights("a"))
    bucket.put("b.onnx", weights("b", 2**20))
    cache = make(limit=10**7)
    assert body(cache, "a") == b"a"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**18, hard))
    try:
        with pytest.raises(StoreUnavailable, match=r'^There is no room on disk for the model "b"\.$'):
            body(cache, "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert body(cache, "a") == b"a"
    assert [path.suffix for path in files(folder)] in ([], [".onnx"])
    assert body(cache, "b") == b"b"


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """The cache's folder on a disk of 3 MB."""
    folder.mkdir()
    mount = ctypes.CDLL(None, use_errno=True).mount
    if os.geteuid() != 0 or mount(b"tmpfs", bytes(folder), b"tmpfs", 0, b"size=3m") != 0:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.usefixtures("small_disk")
def test_full_disk_lets_idle_models_go_if_that_helps(bucket: FakeBucket, make: Make) -> None:
    index = {}
    for name, size in {"a": 2**20, "b": 2**20, "c": 3 * 2**19, "d": 4 * 2**20}.items():
        data = weights(name, size)
        bucket.put(f"{name}.onnx", data)
        index[name] = described(data, file=f"{name}.onnx")
    bucket.put_index(index)
    cache = make(limit=10**9)
    for name in "abc":
        assert body(cache, name) == name.encode()
    assert cache.snapshot().loaded == ("b", "c")
    with pytest.raises(StoreUnavailable, match="no room on disk"):
        body(cache, "d")
    assert cache.snapshot().loaded == ("b", "c")
    with cache.get("b"), cache.get("c"), pytest.raises(StoreUnavailable, match="no room on disk"):
        body(cache, "a")


def test_two_threads_wait_for_a_model_that_has_left_already(bucket: FakeBucket, make: Make) -> None:
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


def test_emulator_end_to_end(emulator: Any, make: Make) -> None:
    emulator.blob("a.onnx").upload_from_string(weights("1"))
    cache = make(store="gs://weights", poll_s=0.0)
    assert body(cache, "a") == b"1"
    settle()
    emulator.blob("a.onnx").upload_from_string(weights("2"))
    assert body(cache, "a") == b"1"
    settle()
    assert body(cache, "a") == b"2"
    assert gcs.PIECE > 10 * 2**20  # a nano model is one download
