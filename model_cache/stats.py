"""What the cache has done since the process began, in numbers."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Stats:
    """hits: requests for a model that was in memory; loads: models brought into memory, anew where they had been
    replaced, and load_seconds what that took; failures: loads that failed; evictions: models that left for others.
    """

    hits: int = 0
    loads: int = 0
    load_seconds: float = 0.0
    failures: int = 0
    evictions: int = 0


class Tally:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hits = self._loads = self._failures = self._evictions = 0
        self._seconds = 0.0

    def hit(self) -> None:
        with self._lock:
            self._hits += 1

    def loaded(self, seconds: float) -> None:
        with self._lock:
            self._loads += 1
            self._seconds += seconds

    def failed(self) -> None:
        with self._lock:
            self._failures += 1

    def evicted(self) -> None:
        with self._lock:
            self._evictions += 1

    def read(self) -> Stats:
        with self._lock:
            return Stats(self._hits, self._loads, self._seconds, self._failures, self._evictions)
