"""What a place that models are published to must be able to do. In: a file and its name there. Out: nothing half done.

Every method raises PublishError, in one sentence, where the place is missing, refuses or does not answer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from model_cache.publish.errors import PublishError

TRIES = 50  # of a change that others overtake


@dataclass(frozen=True)
class Kept:
    """One file of a store. name: its path there; age: seconds since it was written."""

    name: str
    size: int
    age: float


class Conflict(Exception):
    """Somebody else wrote between our reading and our writing."""


class Destination(Protocol):
    """A folder of models that can be written: the other side of model_cache.stores.

    url: as MODEL_STORE names it.
    """

    url: str

    def check(self, id_: str) -> None:
        """Refuse a place where a model of that id cannot be put, as far as that shows before anything is written."""

    def put(self, path: Path, name: str, told: Callable[[int], object]) -> str | None:
        """Store a file under a new name, visible only when it is whole; the generation it has, where there are such.

        The name holds the digest of the content: where it is taken already, the bytes are the same.
        told: is called with the number of bytes sent since the last call.
        """

    def read(self, name: str) -> tuple[bytes | None, str]:
        """A small file's bytes, None where there is none; and what stands for exactly this state of it."""

    def write(self, name: str, data: bytes, state: str) -> None:
        """Replace a small file as one; Conflict if its state is no longer the one that was read."""

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is deleted."""

    def files(self) -> list[Kept]:
        """All files of the store, models.json among them."""


class Told:
    """A file that tells how far it was read; less again where a client goes back, to sum it up or to repeat it."""

    def __init__(self, file: BinaryIO, told: Callable[[int], object]) -> None:
        self._file = file
        self._told = told

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._told(len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        before = self._file.tell()
        after = self._file.seek(offset, whence)
        self._told(after - before)
        return after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def edit(destination: Destination, name: str, change: Callable[[bytes | None], bytes]) -> None:
    """Change a small file that others may be changing too: `change` is called again for what they have written.

    change: the bytes as they are, None where there are none, to the bytes as they shall be.
    """
    for round_ in range(TRIES):
        data, state = destination.read(name)
        changed = change(data)
        try:
            destination.write(name, changed, state)
        except Conflict:
            time.sleep(random.uniform(0, 0.02 * min(2**round_, 64)))  # noqa: S311  nothing secret
        else:
            return
    raise PublishError(f"{name} is being changed by others all the time; try again.")
