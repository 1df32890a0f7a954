"""A store that is asked before it can be used: a child process fetches while this one still imports.

    store = fetch_early(url, folder, limit, default)   # at once when the process starts: it forks
    cache = ModelCache(store, ...)                     # later: the manifest and the default model are there

The child hands over the manifest, then the model's file, or the error instead, each once; all else is asked of the
store itself. Modules are imported on one processor and files fetched meanwhile on another, or while the network
is waited for; threads would do, were it not that the server forks its worker from this process.
"""

from __future__ import annotations

import os
import pickle
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from model_cache.errors import ModelCacheError
from model_cache.manifest import Manifest, ModelEntry
from model_cache.stores import is_near, open_store
from model_cache.stores.base import Fetched, Store, one_deadline


@dataclass(frozen=True)
class _Handed:
    """What became of the default model; at its path it lies verified."""

    entry: ModelEntry
    file: Fetched | ModelCacheError


class EarlyStore:
    """In front of a store: gives what the child has fetched to the first who asks."""

    def __init__(self, store: Store, pid: int, pipe: BinaryIO) -> None:
        self._store = store
        self._pid = pid
        self._pipe = pipe
        self._lock = threading.Lock()
        self._parts = 0  # read so far: the manifest, then the file
        self._manifest: Manifest | ModelCacheError | None = None
        self._handed: _Handed | None = None

    def manifest(self) -> Manifest:
        with self._lock:
            self._read(1)
            manifest, self._manifest = self._manifest, None
        if isinstance(manifest, ModelCacheError):
            raise manifest
        return manifest or self._store.manifest()

    def version(self, entry: ModelEntry) -> str:
        file = self._take(entry)
        return file.version if file else self._store.version(entry)

    def fetch(self, entry: ModelEntry, target: Path) -> Fetched:
        file = self._take(entry)
        if file:
            with suppress(OSError):
                os.replace(file.path, target)
                return Fetched(target, file.version)
        return self._store.fetch(entry, target)

    def _take(self, entry: ModelEntry) -> Fetched | None:
        """The entry's file, if the child has it and nobody took it yet; raises what went wrong with it."""
        with self._lock:
            self._read(2)
            if self._handed is None or self._handed.entry != entry:
                return None
            file, self._handed = self._handed.file, None
        if isinstance(file, ModelCacheError):
            raise file
        return file

    def _read(self, parts: int) -> None:
        """Wait until the child has handed over so many parts, or has ended; it ends, for its calls have deadlines."""
        if self._parts >= parts:
            return
        try:
            while self._parts < parts:
                part = pickle.load(self._pipe)  # noqa: S301  our own child wrote it
                self._parts += 1
                if isinstance(part, _Handed):
                    self._handed = part
                else:
                    self._manifest = part
        except Exception:  # it had no more to say, or was killed half-way: the store is asked anew
            self._parts = 2
        if self._parts == 2:
            self._pipe.close()
            with suppress(ChildProcessError):  # of the server's worker it is no child
                os.waitpid(self._pid, os.WNOHANG)


def fetch_early(url: str, folder: Path, limit: int, default: str | None) -> Store:
    """The store of that URL; if it is far away, a child process begins to fetch. ValueError as of open_store.

    To be called while there are no threads. folder, limit: as of a Disk. default: the model to fetch, of None the
    store's only one.
    """
    store = open_store(url)
    if is_near(url) or not hasattr(os, "fork") or os.environ.get("WORKERS", "1") != "1":  # several share no pipe
        return store
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            with os.fdopen(writer, "wb") as pipe:
                _fetch(store, folder, limit, default, pipe)
        finally:
            os._exit(0)  # whatever happened: the parent asks the store itself
    os.close(writer)
    return EarlyStore(store, pid, os.fdopen(reader, "rb"))


def _fetch(store: Store, folder: Path, limit: int, default: str | None, pipe: BinaryIO) -> None:
    from model_cache.disk import Disk

    def say(part: Manifest | ModelCacheError | _Handed) -> None:
        pickle.dump(part, pipe)
        pipe.flush()

    with one_deadline():
        try:
            manifest = store.manifest()
        except ModelCacheError as exc:
            say(exc)
            return
        say(manifest)
        entry = manifest.find(default) if default else manifest.only()
        if entry is None:
            return
        try:
            placed = Disk(store, folder, limit).obtain(entry)
            say(_Handed(entry, Fetched(placed.path, placed.version)))
        except ModelCacheError as exc:
            say(_Handed(entry, exc))
