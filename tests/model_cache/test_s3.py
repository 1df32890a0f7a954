"""S3 as a store: the real client against moto's server, and against one that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_cache.errors import ModelCacheError, ModelNotFound, StoreUnavailable
from model_cache.manifest import ModelEntry
from model_cache.stores import ahead, open_store, s3
from tests.support.caches import Make, body, described, files, settle, weights
from tests.support.gcs import Fault
from tests.support.s3 import FakeS3, serve

ENTRY = ModelEntry("coco/3", "coco/3.onnx")
DATA = bytes(range(256)) * 40


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "target"


def brief(prefix: str = "", seconds: float = 2.0) -> s3.S3Store:
    """A store that gives up sooner, where a test waits for that."""
    return s3.S3Store("weights", prefix, seconds)


@pytest.mark.parametrize("prefix", ["", "models/of/mine"])
def test_bucket_is_listed_read_and_indexed(prefix: str, s3_bucket: FakeS3, target: Path) -> None:
    inside = f"{prefix}/" if prefix else ""
    for name, data in {"coco/3.onnx": DATA, "coco/3.pt": b"pt", "notes.txt": b""}.items():
        s3_bucket.put(inside + name, data)
    store = open_store(f"s3://weights/{prefix}")
    assert store.manifest().entries == (ENTRY,)
    fetched = store.fetch(ENTRY, target)
    assert (fetched.path, fetched.version) == (target, store.version(ENTRY))
    assert target.read_bytes() == DATA
    s3_bucket.put(f"{inside}coco/3.onnx", b"new")
    assert store.version(ENTRY) != fetched.version
    s3_bucket.put_index({"x": {"file": "coco/3.pt"}}, inside)
    assert store.manifest().entries == (ModelEntry("x", "coco/3.pt"),)
    s3_bucket.put(f"{inside}models.json", b"")
    with pytest.raises(StoreUnavailable, match=r"^models\.json is not valid JSON\.$"):
        store.manifest()


def test_long_listing_comes_in_pages(s3_bucket: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    monkeypatch.setattr(s3, "LISTED", 5)
    store = open_store("s3://weights")
    for number in range(6):
        assert len(store.manifest().entries) == number
        s3_bucket.put(f"{number}.onnx", b"")
    assert s3_bucket.calls["list"] == 1 + 1 + 1 + 2 + 2 + 3
    with pytest.raises(StoreUnavailable, match=r"needs a models\.json"):
        store.manifest()


def test_without_the_object_or_the_bucket(s3_bucket: FakeS3, target: Path) -> None:
    store = open_store("s3://weights")
    with pytest.raises(ModelNotFound) as missing:
        store.fetch(ENTRY, target)
    assert_fit_for_callers(missing.value, s3_bucket)
    assert store.manifest().entries == ()
    with pytest.raises(StoreUnavailable) as nowhere:
        open_store("s3://elsewhere").manifest()
    assert_fit_for_callers(nowhere.value, s3_bucket)


def test_without_credentials(s3_bucket: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreUnavailable, match=r"^There are no credentials for the model store\.$"):
        brief().manifest()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def test_address_that_is_none(s3_bucket: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    with pytest.raises(StoreUnavailable) as caught:
        brief().manifest()
    assert_fit_for_callers(caught.value, s3_bucket)


def test_large_model_comes_in_pieces(s3_bucket: FakeS3, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PIECE", 1000)
    s3_bucket.put("coco/3.onnx", DATA)
    open_store("s3://weights").fetch(ENTRY, target)
    assert target.read_bytes() == DATA
    assert s3_bucket.calls["media"] == 11


def test_content_whose_etag_is_no_md5(s3_bucket: FakeS3, target: Path) -> None:
    """What was uploaded in parts, and what KMS encrypts."""
    client, key = s3_bucket.client(), {"Bucket": "weights", "Key": "coco/3.onnx"}
    upload = client.create_multipart_upload(**key)["UploadId"]
    parts = []
    for number, part in enumerate((bytes(5 * 2**20), b"end"), 1):
        etag = client.upload_part(**key, UploadId=upload, PartNumber=number, Body=part)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    client.complete_multipart_upload(**key, UploadId=upload, MultipartUpload={"Parts": parts})
    fetched = brief().fetch(ENTRY, target)
    assert "-2" in fetched.version
    assert target.read_bytes() == bytes(5 * 2**20) + b"end"
    target.unlink()
    s3_bucket.put("coco/3.onnx", DATA, ServerSideEncryption="aws:kms")
    s3_bucket.faults["media"].append(Fault(damaged=True))  # for models.json's sha256 to notice
    brief().fetch(ENTRY, target)
    assert target.read_bytes() == b"\1" + DATA[1:]


@pytest.mark.parametrize("fault", [Fault(500), Fault(503), Fault(429), Fault(cut=True), Fault(stall=True)], ids=str)
def test_one_fault_is_got_over(fault: Fault, s3_bucket: FakeS3, target: Path) -> None:
    s3_bucket.put("coco/3.onnx", DATA)
    s3_bucket.put_index({"coco/3": {"file": "coco/3.onnx"}})
    for kind in ("index", "metadata", "media"):
        if not (fault.cut and kind == "metadata"):
            s3_bucket.faults[kind].append(fault)
    store = brief()
    assert store.manifest().entries == (ENTRY,)
    store.fetch(ENTRY, target)
    assert target.read_bytes() == DATA


def test_two_503_are_got_over_and_three_are_not(s3_bucket: FakeS3, target: Path) -> None:
    s3_bucket.put("coco/3.onnx", DATA)
    s3_bucket.faults["media"].extend([Fault(503)] * 2)
    brief().fetch(ENTRY, target)
    target.unlink()
    s3_bucket.faults["media"].extend([Fault(503)] * 3)
    with pytest.raises(StoreUnavailable):
        brief().fetch(ENTRY, target)
    assert s3_bucket.calls["media"] == 6


@pytest.mark.parametrize("kind", ["index", "metadata", "media"])
@pytest.mark.parametrize("fault", [Fault(403), Fault(500), Fault(418), Fault(stall=True)], ids=str)
def test_lasting_fault_is_unavailable_in_one_sentence(kind: str, fault: Fault, s3_bucket: FakeS3, target: Path) -> None:
    s3_bucket.put("coco/3.onnx", DATA)
    s3_bucket.always[kind] = fault
    store = brief(seconds=1.0)
    with pytest.raises(StoreUnavailable) as caught:
        _ = store.manifest() if kind == "index" else store.fetch(ENTRY, target)
    assert_fit_for_callers(caught.value, s3_bucket)
    assert s3_bucket.calls[kind] <= 3
    if fault.status == 403:
        assert s3_bucket.calls[kind] == 1
        assert str(caught.value) == "The model store refuses access."


@pytest.mark.parametrize("kind", ["index", "media"])
def test_trickle_is_given_up(kind: str, s3_bucket: FakeS3, target: Path) -> None:
    """Its bytes come often enough for every socket's timeout."""
    s3_bucket.put("coco/3.onnx", DATA)
    s3_bucket.put_index({"coco/3": {"file": "coco/3.onnx", "names": [str(n) for n in range(1000)]}})
    s3_bucket.always[kind] = Fault(trickle=True)
    store = brief(seconds=1.0)
    with pytest.raises(StoreUnavailable):
        _ = store.manifest() if kind == "index" else store.fetch(ENTRY, target)
    assert not s3_bucket.closing.is_set()


def test_nothing_listens(s3_bucket: FakeS3, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(gone := FakeS3()):
        monkeypatch.setenv("AWS_ENDPOINT_URL", gone.url)
        store = brief()
        assert store.manifest().entries == ()
    with pytest.raises(StoreUnavailable) as caught:
        store.fetch(ENTRY, target)
    assert_fit_for_callers(caught.value, gone)


def test_damage_on_the_way_is_noticed(s3_bucket: FakeS3, target: Path) -> None:
    s3_bucket.put("coco/3.onnx", DATA)
    s3_bucket.faults["media"].append(Fault(damaged=True))
    brief().fetch(ENTRY, target)
    assert target.read_bytes() == DATA
    target.unlink()
    s3_bucket.always["media"] = Fault(damaged=True)
    with pytest.raises(StoreUnavailable, match=r'^The model "coco/3" comes damaged from the store\.$'):
        brief().fetch(ENTRY, target)
    assert not target.exists()


def test_object_replaced_during_the_download(s3_bucket: FakeS3, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces of two contents are never mixed."""
    monkeypatch.setattr(ahead, "PIECE", 1000)
    monkeypatch.setattr(ahead, "CONNECTIONS", 1)
    s3_bucket.put("coco/3.onnx", b"1" * 5000)

    def replace_at_third(kind: str) -> None:
        if kind == "media" and s3_bucket.calls["media"] == 3:
            s3_bucket.put("coco/3.onnx", b"2" * 4000)

    s3_bucket.before = replace_at_third
    store = brief()
    fetched = store.fetch(ENTRY, target)
    assert target.read_bytes() == b"2" * 4000
    assert fetched.version == store.version(ENTRY)


def test_cache_takes_what_replaces_a_model(s3_bucket: FakeS3, make: Make, folder: Path) -> None:
    cache = make("s3://weights", poll_s=0.0)
    for version in ("1", "2"):
        s3_bucket.put("a.onnx", weights(version))
        s3_bucket.put_index({"a": described(weights(version), file="a.onnx")})
        body(cache, "a")
        settle()
        assert body(cache, "a") == version.encode()
        settle()
    assert len(files(folder)) == 1


def assert_fit_for_callers(error: ModelCacheError, bucket: FakeS3) -> None:
    message = str(error)
    assert message.endswith(".")
    assert len(message) < 120
    for secret in ("weights", "127.0.0.1", bucket.url, "testing", ".onnx", "\n"):
        assert secret not in message
