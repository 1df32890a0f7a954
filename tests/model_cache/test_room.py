from __future__ import annotations

import ctypes
import os
import resource
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from model_cache.errors import StoreUnavailable
from tests.support.caches import Make, body, described, files, publish, weights
from tests.support.gcs import FakeBucket


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


def test_a_look_at_a_model_is_no_use_of_it(bucket: FakeBucket, make: Make) -> None:
    for name in "abc":
        bucket.put(f"{name}.onnx", weights(name, 100))
    cache = make(limit=200)
    assert cache.peek("a") is None
    assert bucket.calls.total() == 0
    for name in "ab":
        assert body(cache, name) == name.encode()
    seen, asked = cache.peek("a"), bucket.calls.total()
    assert seen is not None
    assert seen.body[:1] == b"a"
    assert bucket.calls.total() == asked
    assert body(cache, "c") == b"c"
    assert cache.snapshot().loaded == ("b", "c")


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
    assert cache.snapshot().loaded == ("b", "c")
