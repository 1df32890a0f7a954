from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_cache.errors import ModelCacheError, ModelNotFound, StoreUnavailable
from model_cache.manifest import ModelEntry
from model_cache.stores import ahead, gcs, open_store
from model_cache.stores.base import SECONDS
from tests.support.gcs import FakeBucket, Fault, serve

ENTRY = ModelEntry("coco/3", "coco/3.onnx")
DATA = bytes(range(256)) * 40


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "target"


def brief(prefix: str = "", seconds: float = 2.0) -> gcs.GcsStore:
    """A store that gives up sooner, where a test waits for that."""
    return gcs.GcsStore("weights", prefix, seconds)


# Buckets: the real client against an emulator that others maintain


@pytest.mark.parametrize("prefix", ["", "models/of/mine"])
def test_emulated_bucket(prefix: str, emulator: tuple[Any, str], target: Path) -> None:
    remote, inside = emulator[0], f"{prefix}/" if prefix else ""
    for name, data in {"coco/3.onnx": DATA, "coco/3.pt": b"pt", "notes.txt": b""}.items():
        remote.blob(inside + name).upload_from_string(data)
    store = open_store(f"gs://weights/{prefix}")
    assert store.manifest().entries == (ENTRY,)
    fetched = store.fetch(ENTRY, target)
    assert (fetched.path, fetched.version) == (target, store.version(ENTRY))
    assert target.read_bytes() == DATA
    remote.blob(f"{inside}coco/3.onnx").upload_from_string(b"new")
    assert store.version(ENTRY) != fetched.version
    remote.blob(f"{inside}models.json").upload_from_string('{"models": {"x": {"file": "coco/3.pt"}}}')
    assert store.manifest().entries == (ModelEntry("x", "coco/3.pt"),)


@pytest.mark.usefixtures("emulator")
def test_emulated_bucket_without_the_object_or_itself(target: Path) -> None:
    with pytest.raises(ModelNotFound):
        open_store("gs://weights").fetch(ENTRY, target)
    assert open_store("gs://weights").manifest().entries == ()
    with pytest.raises(StoreUnavailable):
        open_store("gs://elsewhere").manifest()


# Buckets that fail


def test_large_model_comes_in_pieces(bucket: FakeBucket, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PIECE", 1000)
    bucket.put("coco/3.onnx", DATA)
    open_store("gs://weights").fetch(ENTRY, target)
    assert target.read_bytes() == DATA
    assert bucket.calls["media"] == 11


@pytest.mark.parametrize("fault", [Fault(500), Fault(503), Fault(429), Fault(cut=True), Fault(stall=True)], ids=str)
def test_one_fault_is_got_over(fault: Fault, bucket: FakeBucket, target: Path) -> None:
    bucket.put("coco/3.onnx", DATA)
    bucket.put_index({"coco/3": {"file": "coco/3.onnx"}})
    store = brief()
    for kind in ("index", "metadata", "media"):
        if not (fault.cut and kind != "media"):
            bucket.faults[kind].append(fault)
    assert store.manifest().entries == (ENTRY,)
    store.fetch(ENTRY, target)
    assert target.read_bytes() == DATA


def test_two_503_are_got_over_and_three_are_not(bucket: FakeBucket, target: Path) -> None:
    bucket.put("coco/3.onnx", DATA)
    bucket.faults["media"].extend([Fault(503)] * 2)
    brief().fetch(ENTRY, target)
    target.unlink()
    bucket.faults["media"].extend([Fault(503)] * 3)
    with pytest.raises(StoreUnavailable):
        brief().fetch(ENTRY, target)
    assert bucket.calls["media"] == 6


@pytest.mark.parametrize("kind", ["index", "metadata", "media"])
@pytest.mark.parametrize(
    "fault",
    [Fault(403), Fault(500), Fault(418), Fault(stall=True)],
    ids=str,
)
def test_lasting_fault_is_unavailable_in_one_sentence(
    kind: str, fault: Fault, bucket: FakeBucket, target: Path
) -> None:
    bucket.put("coco/3.onnx", DATA)
    bucket.always[kind] = fault
    store = brief(seconds=1.0)
    with pytest.raises(StoreUnavailable) as caught:
        _ = store.manifest() if kind == "index" else store.fetch(ENTRY, target)
    assert_fit_for_callers(caught.value, bucket)
    assert bucket.calls[kind] <= 3
    if fault.status == 403:
        assert bucket.calls[kind] == 1
        assert str(caught.value) == "The model store refuses access."


def test_trickle_is_given_up(bucket: FakeBucket, target: Path) -> None:
    """Its bytes come often enough for every socket's timeout."""
    bucket.put("coco/3.onnx", DATA)
    bucket.always["media"] = Fault(trickle=True)
    with pytest.raises(StoreUnavailable):
        brief(seconds=1.0).fetch(ENTRY, target)
    assert not bucket.closing.is_set()


def test_nobody_waits_longer_than_ten_seconds() -> None:
    assert SECONDS <= 10
    store: Any = open_store("gs://weights")
    assert store._seconds == SECONDS


def test_nothing_listens(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(gone := FakeBucket()):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", gone.url)
        store = brief()
        assert store.manifest().entries == ()
    with pytest.raises(StoreUnavailable) as caught:
        store.fetch(ENTRY, target)
    assert_fit_for_callers(caught.value, gone)


@pytest.mark.parametrize("kind", ["metadata", "media"])
def test_missing_object(kind: str, bucket: FakeBucket, target: Path) -> None:
    bucket.put("coco/3.onnx", DATA)
    bucket.always[kind] = Fault(404)
    with pytest.raises(ModelNotFound if kind == "metadata" else StoreUnavailable) as caught:
        brief().fetch(ENTRY, target)
    assert_fit_for_callers(caught.value, bucket)


def test_damage_on_the_way_is_noticed(bucket: FakeBucket, target: Path) -> None:
    bucket.put("coco/3.onnx", DATA)
    bucket.faults["media"].append(Fault(damaged=True))
    brief().fetch(ENTRY, target)
    assert target.read_bytes() == DATA
    target.unlink()
    bucket.crc32c = "AAAAAA=="
    with pytest.raises(StoreUnavailable, match=r'^The model "coco/3" comes damaged from the store\.$'):
        brief().fetch(ENTRY, target)
    assert not target.exists()


def test_store_that_gives_no_checksum(bucket: FakeBucket, target: Path) -> None:
    bucket.put("coco/3.onnx", DATA)
    bucket.crc32c = None
    bucket.faults["media"].append(Fault(short=True))
    brief().fetch(ENTRY, target)
    assert target.read_bytes() == DATA


def test_object_replaced_during_the_download(bucket: FakeBucket, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces of two generations are never mixed."""
    monkeypatch.setattr(ahead, "PIECE", 1000)
    monkeypatch.setattr(ahead, "CONNECTIONS", 1)
    bucket.put("coco/3.onnx", b"1" * 5000)
    arrive = bucket.arrive

    def replace_at_third(kind: str) -> Fault:
        fault = arrive(kind)
        if kind == "media" and bucket.calls["media"] == 3:
            bucket.put("coco/3.onnx", b"2" * 4000)
        return fault

    monkeypatch.setattr(bucket, "arrive", replace_at_third)
    store = brief()
    fetched = store.fetch(ENTRY, target)
    assert target.read_bytes() == b"2" * 4000
    assert fetched.version == store.version(ENTRY)


def assert_fit_for_callers(error: ModelCacheError, bucket: FakeBucket) -> None:
    message = str(error)
    assert message.endswith(".")
    assert len(message) < 120
    for secret in ("weights", "127.0.0.1", bucket.url, "/storage", ".onnx", "\n"):
        assert secret not in message
