"""How long a store that does not answer is waited for, all told."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from model_cache.errors import StoreUnavailable
from model_cache.stores.base import bounded, deadline_in, one_deadline
from model_cache.stores.gcs import GcsStore
from tests.model_cache.conftest import NEVER
from tests.support.caches import Make, body, publish
from tests.support.gcs import PATIENCE, FakeBucket, Fault


def test_what_takes_too_long_is_left_to_its_end() -> None:
    ended, release = threading.Event(), threading.Event()

    def work() -> None:
        release.wait(PATIENCE)
        ended.set()

    with pytest.raises(StoreUnavailable):
        bounded(work, 0.05)
    assert not ended.is_set()
    release.set()
    assert ended.wait(PATIENCE)


def test_what_fails_in_time_fails_as_it_did() -> None:
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: 1 // 0, PATIENCE)
    assert bounded(lambda: 7, PATIENCE) == 7


def test_what_comes_too_late_is_not_begun() -> None:
    begun = threading.Event()
    with pytest.raises(StoreUnavailable):
        bounded(begun.set, 0)
    assert not begun.is_set()


def test_operations_share_one_deadline(bucket: FakeBucket) -> None:
    store = GcsStore("weights", "", seconds=1.0)
    with one_deadline():
        with one_deadline():
            assert store.manifest().entries == ()
        assert deadline_in(NEVER).left() < 1
    assert deadline_in(NEVER).left() > 1
    assert bucket.calls["list"] == 1


def test_cold_load_has_one_deadline(bucket: FakeBucket, make: Make) -> None:
    """A model that is missing makes the manifest be read again, but for no other ten seconds."""
    publish(bucket, "1", indexed=True)
    cache = make(GcsStore("weights", "", seconds=0.6), poll_s=NEVER)
    assert body(cache, "a") == b"1"
    cache.unload("a")
    bucket.always["metadata"] = bucket.always["media"] = Fault(stall=True)
    with pytest.raises(StoreUnavailable):
        body(cache, "a")
    assert bucket.calls["index"] == 1
    bucket.always.clear()
    assert body(cache, "a") == b"1"


def test_silent_metadata_server_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """google-auth asks one for credentials, with tries and timeouts of its own, which take far longer."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        monkeypatch.setenv("GCE_METADATA_IP", f"127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
        for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "NO_GCE_CHECK"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(StoreUnavailable, match=r"^The model store does not answer just now\.$"):
            GcsStore("weights", "", seconds=0.6).manifest()
