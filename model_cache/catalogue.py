"""The manifest that is in force. In: a store and a name. Out: the entry of that name, known or newly published."""

from __future__ import annotations

import threading
import time

from model_cache.errors import ModelCacheError, StoreUnavailable
from model_cache.flight import Flight
from model_cache.manifest import Manifest, ModelEntry, is_path, not_found
from model_cache.stores.base import Store

FLOOR_S = 1.0  # a name that is not known makes the manifest be read again, but not more often than that


class Catalogue:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._reads: Flight[Manifest] = Flight()
        self._manifest: Manifest | None = None
        self._failure: str | None = None
        self._read_at = float("-inf")

    @property
    def failure(self) -> str | None:
        """Why the manifest could not be read the last time, if it could not."""
        return self._failure

    def current(self) -> Manifest:
        """The manifest as last read, or read now; StoreUnavailable only if it never could be."""
        return self._manifest or self.refresh()

    def refresh(self, floor: float = 0.0) -> Manifest:
        """The manifest, read again unless that was tried less than `floor` seconds ago."""
        with self._lock:
            if time.monotonic() - self._read_at < floor:
                if self._failure is not None:
                    raise StoreUnavailable(self._failure)
                if self._manifest is not None:
                    return self._manifest
        return self._reads.do("manifest", self._read)

    def resolve(self, name: str) -> ModelEntry:
        """The entry of an id or alias; ModelNotFound, for a name that cannot be one without asking the store."""
        if not is_path(name):
            raise not_found(name)
        return self.current().find(name) or self.refresh(FLOOR_S).resolve(name)

    def known(self, name: str) -> ModelEntry | None:
        """As resolve, from what was read before."""
        return self._manifest.find(name) if self._manifest else None

    def default(self, name: str | None) -> str | None:
        """The id that a name stands for, or the only one there is, from what was read before."""
        entry = (self._manifest.find(name) if name else self._manifest.only()) if self._manifest else None
        return entry.id if entry else name

    def _read(self) -> Manifest:
        manifest, failure = None, None
        try:
            manifest = self._store.manifest()
        except ModelCacheError as exc:
            failure = str(exc)
            raise
        finally:
            with self._lock:
                self._manifest = manifest or self._manifest
                self._failure = failure
                self._read_at = time.monotonic()
        return manifest
