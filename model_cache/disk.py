"""Verified weights on disk. In: a store and a Manifest's entry. Out: a local file that is what the index promised.

A file that came from afar is held while its model is loaded and deleted after. Files that an earlier
process left are taken again if their sha256 is right, and deleted when the folder outgrows its limit.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from model_cache.errors import ModelUnusable, StoreUnavailable
from model_cache.manifest import ModelEntry
from model_cache.stores.base import Store

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ABANDONED_S = 3600.0  # a download that has not written for that long belongs to no one any more


class NoRoom(StoreUnavailable):
    """The disk is full."""


@dataclass(frozen=True)
class Placed:
    """in_store: the file lies in the store itself; otherwise nbytes is what it takes of the cache's folder."""

    path: Path
    version: str
    nbytes: int = 0
    in_store: bool = False


class Disk:
    def __init__(self, store: Store, folder: Path, limit: int) -> None:
        """limit: bytes that the folder may hold before what nobody uses is deleted from it."""
        self._store = store
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._held: Counter[Path] = Counter()

    def obtain(self, entry: ModelEntry) -> Placed:
        """The entry's file, to be given back by `release`. ModelNotFound, ModelUnusable, StoreUnavailable, NoRoom."""
        part = self._folder / f"weights-{secrets.token_hex(8)}.part"
        try:
            kept = self._kept(entry)
            if kept is not None:
                return kept
            fetched = self._store.fetch(entry, part)
            _verify(fetched.path, entry)
            if fetched.path != part:
                return Placed(fetched.path, fetched.version, in_store=True)
            return self._place(part, self._path(entry, entry.sha256 or fetched.version), fetched.version)
        except OSError as exc:
            if exc.errno in _NO_ROOM:
                raise NoRoom(f'There is no room on disk for the model "{entry.id}".') from exc
            raise StoreUnavailable(f'The model "{entry.id}" cannot be kept on disk.') from exc
        finally:
            with suppress(OSError):
                part.unlink()

    def release(self, placed: Placed) -> None:
        """End one `obtain`; the last of a file deletes it."""
        with self._lock:
            if not placed.in_store and self._let_go(placed.path):
                with suppress(OSError):
                    placed.path.unlink()

    def free(self) -> int:
        """Bytes that the disk has left."""
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return 0

    def _path(self, entry: ModelEntry, content: str) -> Path:
        # A digest, since ids hold slashes; of the id too, so that a file belongs to one model alone.
        digest = hashlib.sha256(f"{entry.id}\n{content}".encode()).hexdigest()[:32]
        return self._folder / f"weights-{digest}{Path(entry.file).suffix}"

    def _kept(self, entry: ModelEntry) -> Placed | None:
        """The file as a loaded model, or an earlier process, has it. Only where its sha256 vouches for it."""
        if entry.sha256 is None:
            return None
        path = self._path(entry, entry.sha256)
        with self._lock:
            self._held[path] += 1  # from here on nobody deletes it
        placed = None
        try:
            if path.is_file() and _sha256(path) == entry.sha256:
                placed = Placed(path, self._store.version(entry), path.stat().st_size)
        finally:
            if placed is None:
                with self._lock:
                    self._let_go(path)
        return placed

    def _let_go(self, path: Path) -> bool:
        self._held[path] -= 1
        if self._held[path]:
            return False
        del self._held[path]
        return True

    def _place(self, part: Path, path: Path, version: str) -> Placed:
        with self._lock:
            os.replace(part, path)
            self._held[path] += 1
            self._sweep()
        return Placed(path, version, path.stat().st_size)

    def _sweep(self) -> None:
        """Delete what nobody here holds, the oldest first, until the folder is within its limit."""
        found = []
        for path in self._folder.glob("weights-*"):
            with suppress(FileNotFoundError):  # another process sweeps as well
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        total = sum(size for _, size, _ in found)
        for modified, size, path in sorted(found):
            if total <= self._limit:
                return
            being_written = path.suffix == ".part" and time.time() - modified < _ABANDONED_S
            if not self._held[path] and not being_written:
                path.unlink(missing_ok=True)
                total -= size


def _verify(path: Path, entry: ModelEntry) -> None:
    if entry.size is not None and path.stat().st_size != entry.size:
        raise ModelUnusable(f'The file of the model "{entry.id}" has not the size that models.json gives.')
    if entry.sha256 is not None and _sha256(path) != entry.sha256:
        raise ModelUnusable(f'The file of the model "{entry.id}" has not the sha256 that models.json gives.')


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
