"""The loaded models, by bytes. In: models and leases of them. Out: the least recently used leave for the others.

A model with a lease never leaves. The one used last stays as well, even if it alone exceeds the limit:
otherwise every request for it would load it anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from model_cache.disk import Placed
from model_cache.manifest import ModelEntry
from model_cache.stats import Tally


class Loaded(Protocol):
    @property
    def nbytes(self) -> int:
        """Memory that the model takes."""


M = TypeVar("M", bound=Loaded)


@dataclass(eq=False)
class Slot(Generic[M]):
    """A loaded model and its file. rejected: the entry and version that were to replace it, but are broken."""

    entry: ModelEntry
    model: M
    placed: Placed
    leases: int = 0
    discarded: bool = False
    rejected: tuple[ModelEntry, str] | None = None


class Shelf(Generic[M]):
    def __init__(self, limit: int, discard: Callable[[Placed], None], tally: Tally) -> None:
        """limit: bytes, for models in memory and for their files alike; discard: what becomes of a left file.
        tally: counts what leaves for others.
        """
        self.limit = limit
        self._discard = discard
        self._tally = tally
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, Slot[M]] = OrderedDict()  # the least recently used first

    def lease(self, id_: str) -> Slot[M] | None:
        """The model of that id, kept until `release`; None if it is not loaded."""
        with self._lock:
            slot = self._slots.get(id_)
            if slot is not None:
                slot.leases += 1
                self._slots.move_to_end(id_)
            return slot

    def extend(self, slot: Slot[M]) -> None:
        """One lease more of a model at hand, whether or not it has left meanwhile."""
        with self._lock:
            slot.leases += 1
            if self._on_shelf(slot):
                self._slots.move_to_end(slot.entry.id)

    def release(self, slot: Slot[M]) -> None:
        with self._lock:
            slot.leases -= 1
            if self._on_shelf(slot):
                self._trim()
            elif not slot.leases:
                self._discard_once(slot)

    def find(self, id_: str) -> Slot[M] | None:
        with self._lock:
            return self._slots.get(id_)

    def slots(self) -> tuple[Slot[M], ...]:
        with self._lock:
            return tuple(self._slots.values())

    def put(self, slot: Slot[M]) -> None:
        """Add a model, in the place of the one with its id; whoever has a lease of that one may finish."""
        with self._lock:
            old = self._slots.get(slot.entry.id)
            self._slots[slot.entry.id] = slot
            if old is not None and not old.leases:
                self._discard_once(old)
            self._trim()

    def remove(self, slot: Slot[M]) -> None:
        with self._lock:
            if self._on_shelf(slot):
                self._remove(slot)

    def make_room(self, wanted: int | None, free: int) -> bool:
        """Let idle models go until the disk, with `free` bytes left, has the `wanted` ones; whether any went.

        None goes if all together would not do. Where it is not known what is wanted, all go.
        """
        with self._lock:
            idle = [slot for slot in self._slots.values() if not slot.leases and not slot.placed.in_store]
            if wanted is None:
                wanted = free + sum(slot.placed.nbytes for slot in idle)
            if not idle or free + sum(slot.placed.nbytes for slot in idle) < wanted:
                return False
            for slot in idle:
                if free < wanted:
                    self._evict(slot)
                    free += slot.placed.nbytes
            return True

    def _on_shelf(self, slot: Slot[M]) -> bool:
        return self._slots.get(slot.entry.id) is slot

    def _evict(self, slot: Slot[M]) -> None:
        self._tally.evicted()
        self._remove(slot)

    def _remove(self, slot: Slot[M]) -> None:
        del self._slots[slot.entry.id]
        if not slot.leases:
            self._discard_once(slot)

    def _trim(self) -> None:
        for slot in list(self._slots.values())[:-1]:
            in_memory = sum(slot.model.nbytes for slot in self._slots.values())
            on_disk = sum(slot.placed.nbytes for slot in self._slots.values())
            if max(in_memory, on_disk) <= self.limit:
                return
            if not slot.leases:
                self._evict(slot)

    def _discard_once(self, slot: Slot[M]) -> None:
        # A thread that waited for this model may take its lease after the model left, and end it again.
        if not slot.discarded:
            slot.discarded = True
            self._discard(slot.placed)
