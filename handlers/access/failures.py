"""How often a client may send wrong keys: 20 in a minute, in this process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from handlers.access.callers import Caller
from handlers.errors import LimitReached
from handlers.quota import Windows, memory_windows

_LIMIT = "20/minute"
_KNOWN = 10_000  # pairs of a client and its key


class Failures:
    """Beyond the limit no key is looked at, or guessing would go on; but one that was good here before still is,
    so that nobody is locked out by a neighbour behind the same address.
    """

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self.total = 0
        self._windows: Windows | None = None  # until the first wrong key: what counts is imported for it
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def note(self, client: str) -> None:
        """A wrong key; raises LimitReached where there were too many."""
        self.total += 1
        if self._windows is None:
            self._windows = await asyncio.get_running_loop().run_in_executor(self._thread, memory_windows)
        if (reset := self._windows.spend(_LIMIT, client)) is not None:
            raise _too_many(reset)

    def check(self, client: str, caller: Caller) -> None:
        """A good key; raises LimitReached where too many were wrong and this one is new here."""
        pair = client, caller.id
        if self._windows and pair not in self._known and (reset := self._windows.full(_LIMIT, client)) is not None:
            raise _too_many(reset)
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)


def _too_many(reset: float) -> LimitReached:
    return LimitReached("Too many wrong keys came from your address; wait a minute.", reset)
