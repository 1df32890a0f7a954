"""What a store of models can do, and how long one that does not answer is borne with.

In: a Manifest's entry. Out: its bytes in a local file, and the version they are of.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from model_cache.errors import StoreUnavailable
from model_cache.manifest import Manifest, ModelEntry

R = TypeVar("R")

TRIES = 3
SECONDS = 10.0  # all tries of one operation together, or of all those that share a deadline
SLOWEST = 2 * 2**20  # bytes a second, below which a download is given up
LISTED = 10_000  # files of a store without models.json


@dataclass(frozen=True)
class Fetched:
    """path: the target, or where the store has the file already; version: of exactly these bytes."""

    path: Path
    version: str


class Store(Protocol):
    """Every method raises StoreUnavailable, and those that take an entry ModelNotFound, in one sentence."""

    def manifest(self) -> Manifest:
        """From models.json, or without one from the names of the files."""

    def version(self, entry: ModelEntry) -> str:
        """What changes whenever the file does; cheap, for it is asked every STORE_POLL_S."""

    def fetch(self, entry: ModelEntry, target: Path) -> Fetched:
        """One version of the file, whole and as the store has it. An OSError is one of writing to `target`."""


class Transient(Exception):
    """The store failed in a way that may be gone at the next try."""


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return max(self._end - time.monotonic(), 0.0)


_shared: ContextVar[list[Deadline] | None] = ContextVar("_shared", default=None)


@contextmanager
def one_deadline() -> Iterator[None]:
    """What this thread asks of a store inside the with block, and of blocks within it, has one deadline in all.

    So a request that needs the manifest, the file's metadata and the file is not made to wait three times.
    """
    token = _shared.set([]) if _shared.get() is None else None
    try:
        yield
    finally:
        if token is not None:
            _shared.reset(token)


def deadline_in(seconds: float) -> Deadline:
    """A deadline for one operation; inside `one_deadline`, that of the first operation for the later ones too."""
    shared = _shared.get()
    if shared is None:
        return Deadline(seconds)
    if not shared:
        shared.append(Deadline(seconds))
    return shared[0]


def persist(call: Callable[[float], R], deadline: Deadline) -> R:
    """What `call` returns, tried again after a Transient; it is told the seconds that it may take."""
    for tries_left in range(TRIES, 0, -1):
        try:
            return call(max(deadline.left() / tries_left, 0.1))
        except Transient as exc:
            # Random, lest the instances that failed together come back together.
            pause = random.uniform(0.05, 0.2) * 3 ** (TRIES - tries_left)  # noqa: S311  nothing secret
            if tries_left == 1 or deadline.left() <= pause:
                raise unavailable() from exc
            time.sleep(pause)
    raise AssertionError


def bounded(work: Callable[[], R], seconds: float) -> R:
    """What `work` returns; StoreUnavailable after so many seconds, when its thread is left to its end.

    No timeout of sockets is as sure: a trickle of bytes never trips it, and google-auth brings its own tries.
    """
    if seconds <= 0:
        raise unavailable()
    pool = ThreadPoolExecutor(1, "store")
    try:
        return pool.submit(work).result(seconds)
    except TimeoutError:
        raise unavailable() from None
    finally:
        pool.shutdown(wait=False)


def unavailable() -> StoreUnavailable:
    return StoreUnavailable("The model store does not answer just now.")


def too_many() -> StoreUnavailable:
    return StoreUnavailable(f"The model store holds more than {LISTED} files; it needs a models.json.")


def create(target: Path) -> BinaryIO:
    """A new file to write a model to, for this user alone: in a shared temporary folder others could swap it."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
