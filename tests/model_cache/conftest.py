"""Caches of the buckets in tests/support/buckets.py, with weights that need no engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_cache.cache import ModelCache
from model_cache.stores import open_store
from model_cache.stores.gcs import GcsStore
from tests.support.buckets import bucket, emulator, s3_bucket
from tests.support.caches import Make, Opener, Weights, settle

__all__ = ["bucket", "emulator", "folder", "make", "s3_bucket"]
NEVER = 3600.0  # seconds between looks at the store, where a test wants none


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
