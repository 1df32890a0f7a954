"""Whether the store has changed. In: loaded models, and the passing of time. Out: newer models in their place.

A look is taken in the background when a request finds one due, so that no request waits for it and
nothing runs while nobody asks: on Cloud Run there is no processor between requests.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic

from model_cache.catalogue import Catalogue
from model_cache.errors import ModelCacheError, ModelUnusable
from model_cache.manifest import Manifest, ModelEntry
from model_cache.shelf import M, Shelf, Slot
from model_cache.stores.base import Store

log = logging.getLogger(__name__)


class Watch(Generic[M]):
    def __init__(
        self, store: Store, catalogue: Catalogue, shelf: Shelf[M], reload: Callable[[ModelEntry], None], poll_s: float
    ) -> None:
        """reload: loads what the store has now and puts it on the shelf; poll_s: seconds between looks."""
        self._store = store
        self._catalogue = catalogue
        self._shelf = shelf
        self._reload = reload
        self._poll_s = poll_s
        self._lock = threading.Lock()
        self._looking = False
        self._due = time.monotonic() + poll_s

    def look_when_due(self) -> None:
        """Returns at once; at most one look is under way."""
        with self._lock:
            now = time.monotonic()
            if self._looking or now < self._due:
                return
            self._looking, self._due = True, now + self._poll_s
        threading.Thread(target=self._look, name="store-watch", daemon=True).start()

    def _look(self) -> None:
        try:
            manifest = self._catalogue.refresh()
            for slot in self._shelf.slots():
                self._renew(slot, manifest)
        except ModelCacheError as exc:
            log.warning("The model store could not be checked: %s", exc)
        finally:
            with self._lock:
                self._looking = False

    def _renew(self, slot: Slot[M], manifest: Manifest) -> None:
        """Replace a loaded model by what the store has now; if that is broken, the loaded one goes on answering."""
        id_ = slot.entry.id
        entry = manifest.find(id_)
        if entry is None or entry.id != id_:
            self._shelf.remove(slot)
            log.info('The model "%s" is no longer in the store.', id_)
            return
        seen = None
        try:
            seen = (entry, self._store.version(entry))
            if seen not in ((slot.entry, slot.placed.version), slot.rejected):
                self._reload(entry)
        except ModelCacheError as exc:
            if isinstance(exc, ModelUnusable):
                slot.rejected = seen  # what is broken is not fetched again at every look
            log.warning('The new "%s" cannot be loaded, the old one stays: %s', id_, exc)
        except Exception:
            log.exception('The new "%s" cannot be loaded, the old one stays.', id_)
