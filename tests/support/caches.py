"""What tests of the cache put into stores, and how they ask for it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_cache.cache import ModelCache
from model_cache.errors import ModelUnusable
from model_cache.manifest import ModelEntry
from tests.support.gcs import PATIENCE, FakeBucket


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


def publish(bucket: FakeBucket, version: str, indexed: bool) -> None:
    data = weights(version)
    bucket.put("a.onnx", data)
    if indexed:
        bucket.put_index({"a": described(data, file="a.onnx")})


def body(cache: ModelCache[Weights], name: str | None = None) -> bytes:
    with cache.get(name) as model:
        return model.body.rstrip(b".")


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def settle() -> None:
    """Until no look at the store, and no load ahead, is under way."""
    for thread in threading.enumerate():
        if thread.name in {"store-watch", "model-load"}:
            thread.join(PATIENCE)
            assert not thread.is_alive()
