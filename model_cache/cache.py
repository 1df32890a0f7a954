"""From a model's name to the loaded model. In: an id or alias. Out: a lease of the model, loaded once for all.

    with cache.get("coco/3") as model:
        model.predict(...)

name -> Catalogue (models.json) -> Disk (store -> verified file) -> open_model -> Shelf (by bytes)
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from model_cache.catalogue import Catalogue
from model_cache.disk import Disk, NoRoom, Placed
from model_cache.errors import ModelCacheError, ModelNotFound, ModelUnusable, StoreUnavailable
from model_cache.flight import Flight
from model_cache.manifest import ModelEntry
from model_cache.shelf import M, Shelf, Slot
from model_cache.stats import Stats, Tally
from model_cache.stores.base import TRIES, Store, one_deadline
from model_cache.watch import Watch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """default: the id of the default model, where it is known; nbytes, limit: of loaded models;
    failure: why the store could not be read, last time; stats: what was done since the start.
    """

    default: str | None
    loaded: tuple[str, ...]
    loading: tuple[str, ...]
    nbytes: int
    limit: int
    failure: str | None
    stats: Stats


class ModelCache(Generic[M]):
    def __init__(
        self,
        store: Store,
        open_model: Callable[[Path, ModelEntry], M],
        folder: Path,
        limit: int,
        *,
        default: str | None = None,
        poll_s: float = 60.0,
    ) -> None:
        """open_model: makes a model of a verified file and warms it up; ModelUnusable if it cannot.
        folder: where files from afar are kept; limit: bytes of loaded models, and of their files.
        default: the id that None stands for. poll_s: seconds until a change in the store is looked for.
        """
        self._store = store
        self._open_model = open_model
        self._default = default
        self._catalogue = Catalogue(store)
        self._disk = Disk(store, folder, limit)
        self._tally = Tally()
        self._shelf: Shelf[M] = Shelf(limit, self._disk.release, self._tally)
        self._loads: Flight[Slot[M]] = Flight()
        self._watch = Watch(store, self._catalogue, self._shelf, self._reload, poll_s)

    @contextmanager
    def get(self, name: str | None = None, *, again: bool = False) -> Iterator[M]:
        """The model of that name, or the default one; it stays loaded inside the with block.

        again: for the same request, which is not counted as a hit twice.

        ModelNotFound, ModelUnusable, StoreUnavailable. Whoever waits for a load shares its failure too;
        the next request tries again.
        """
        entry = self.resolve(name)
        slot = self._shelf.lease(entry.id)
        if slot is None:
            slot = self._loads.do(entry.id, lambda: self._shelf.find(entry.id) or self._load(entry))
            self._shelf.extend(slot)
        elif not again:
            self._tally.hit()
        try:
            self._watch.look_when_due()
            yield slot.model
        finally:
            self._shelf.release(slot)

    def resolve(self, name: str | None = None) -> ModelEntry:
        """The entry of an id or alias, of the default model for None; ModelNotFound, StoreUnavailable."""
        if name is None:
            name = self._default
        if name is not None:
            return self._catalogue.resolve(name)
        only = self._catalogue.current().only()
        if only is None:
            raise ModelNotFound("The request must name a model, for there is no default one here.")
        return only

    def entries(self) -> tuple[ModelEntry, ...]:
        """All models of the store, loaded or not; StoreUnavailable."""
        return self._catalogue.current().entries

    def loaded(self, name: str) -> bool:
        """Whether a model is in memory; the store is not asked."""
        entry = self._catalogue.known(name)
        return entry is not None and self._shelf.find(entry.id) is not None

    def peek(self, name: str) -> M | None:
        """A model if it is in memory, to ask what it is; that counts as no use of it, and asks no store."""
        entry = self._catalogue.known(name)
        slot = self._shelf.find(entry.id) if entry else None
        return slot.model if slot else None

    def unload(self, name: str) -> bool:
        """Let go of a model, once its leases end; whether it was in memory."""
        entry = self._catalogue.known(name)
        slot = self._shelf.find(entry.id) if entry else None
        if slot is not None:
            self._shelf.remove(slot)
        return slot is not None

    def snapshot(self) -> Snapshot:
        slots = self._shelf.slots()
        return Snapshot(
            default=self._catalogue.default(self._default),
            loaded=tuple(slot.entry.id for slot in slots),
            loading=self._loads.running(),
            nbytes=sum(slot.model.nbytes for slot in slots),
            limit=self._shelf.limit,
            failure=self._catalogue.failure,
            stats=self._tally.read(),
        )

    def start_loading(self, name: str | None = None) -> threading.Thread:
        """Load a model, or the default one, in the background; what goes wrong there is logged."""

        def load() -> None:
            try:
                with self.get(name):
                    pass
            except ModelCacheError as exc:
                log.warning("No model was loaded ahead: %s", exc)
            except Exception:
                log.exception("No model was loaded ahead.")

        thread = threading.Thread(target=load, name="model-load", daemon=True)
        thread.start()
        return thread

    def _reload(self, entry: ModelEntry) -> None:
        self._loads.do(entry.id, lambda: self._load(entry))

    def _load(self, entry: ModelEntry) -> Slot[M]:
        try:
            return self._open_newest(entry)
        except BaseException:
            self._tally.failed()
            raise

    def _open_newest(self, entry: ModelEntry) -> Slot[M]:
        with one_deadline():
            try:
                return self._open(entry)
            except (ModelNotFound, ModelUnusable) as exc:
                # The file may be newer than the models.json that was read: then a newer one describes it.
                try:
                    newer = self._catalogue.refresh().resolve(entry.id)
                except StoreUnavailable:
                    raise exc from None  # no more is known than before
                if newer == entry:
                    raise
                return self._open(newer)

    def _open(self, entry: ModelEntry) -> Slot[M]:
        began = time.monotonic()
        for _ in range(TRIES):
            placed = self._obtain(entry)
            try:
                model = self._open_model(placed.path, entry)
                steady = not placed.in_store or self._store.version(entry) == placed.version
            except BaseException:
                self._disk.release(placed)
                raise
            if steady:
                slot = Slot(entry, model, placed)
                self._shelf.put(slot)
                took = time.monotonic() - began
                self._tally.loaded(took)
                log.info('The model "%s" was loaded in %.2f s.', entry.id, took)
                return slot
        raise ModelUnusable(f'The file of the model "{entry.id}" is being written just now.')

    def _obtain(self, entry: ModelEntry) -> Placed:
        try:
            return self._disk.obtain(entry)
        except NoRoom:
            if not self._shelf.make_room(entry.size, self._disk.free()):
                raise
            return self._disk.obtain(entry)
