"""Buckets of the built-in weights under other names, and servers of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_cache.builtin import WEIGHTS
from tests.support import gcs
from tests.support.server import Server


def weights(name: str) -> bytes:
    return (WEIGHTS / f"{name}.onnx").read_bytes()


def entry(file: str, data: bytes, **changes: Any) -> dict[str, Any]:
    """What models.json says of a file."""
    return {"file": file, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} | changes


def bucket_of(models: Mapping[str, str | bytes]) -> gcs.FakeBucket:
    """A bucket of these models: an id -> the name of built-in weights, or a file's bytes."""
    bucket, index = gcs.FakeBucket(), {}
    for id_, what in models.items():
        data = weights(what) if isinstance(what, str) else what
        bucket.put(f"{id_}.onnx", data)
        index[id_] = entry(f"{id_}.onnx", data)
    bucket.put_index(index)
    return bucket


def served_from(bucket: gcs.FakeBucket, folder: Path, **environment: str) -> Server:
    return Server(folder, MODEL_STORE=f"gs://{gcs.BUCKET}", STORAGE_EMULATOR_HOST=bucket.url, **environment)
