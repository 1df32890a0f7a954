"""Files that no model is made of any more. In: a Destination. Out: the names of those that were deleted."""

from __future__ import annotations

from model_cache.publish import index, naming
from model_cache.publish.destinations.base import Destination, Kept

GRACE_S = 3600.0  # a younger file may be one whose publisher has not come to the index yet
_PART_GRACE_S = 24 * 3600.0  # a younger part may be one that is still being written


def unnamed(destination: Destination) -> list[Kept]:
    """Published files that the index does not name."""
    files = [kept for kept in destination.files() if naming.is_published(kept.name)]
    named = _named(destination)  # read after the files, so that a model published meanwhile is in it
    return [kept for kept in files if kept.name not in named]


def prune(destination: Destination, grace: float = GRACE_S) -> list[str]:
    """Delete such files where they are older than `grace` seconds, and parts that killed uploads have left."""
    parts = [kept.name for kept in destination.files() if naming.is_part(kept.name) and kept.age >= _PART_GRACE_S]
    for name in parts:
        destination.delete(name)
    old = [kept.name for kept in unnamed(destination) if kept.age >= grace]
    return parts + [name for name in old if drop(destination, name)]


def drop(destination: Destination, name: str) -> bool:
    """Delete a file that the index does not name; whether it was so."""
    if name in _named(destination):
        return False
    destination.delete(name)
    return True


def _named(destination: Destination) -> set[str]:
    return {entry.file for entry in index.read(destination)[0].entries}
