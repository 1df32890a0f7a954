"""Single flight: of many threads that ask for the same at once, one does the work and all get its result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

R = TypeVar("R")


class Flight(Generic[R]):
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Future[R]] = {}

    def do(self, key: str, work: Callable[[], R]) -> R:
        """What `work` returns or raises, or what the work under way for that key does; nothing is remembered."""
        with self._lock:
            future = self._running.get(key)
            mine = future is None
            if future is None:
                future = self._running[key] = Future()
        if not mine:
            return future.result()
        try:
            result = work()
        except BaseException as exc:
            self._land(key)
            future.set_exception(exc)
            raise
        self._land(key)
        future.set_result(result)
        return result

    def running(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._running)

    def _land(self, key: str) -> None:
        # Before the result is out: whoever comes after it begins anew.
        with self._lock:
            del self._running[key]
