"""What a store holds, and whether it holds what it says. In: a Destination and its URL. Out: lines; damage found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from model_cache.disk import Disk
from model_cache.errors import ModelCacheError
from model_cache.manifest import ModelEntry
from model_cache.model import open_model
from model_cache.publish import index, tidying
from model_cache.publish.destinations.base import Destination
from model_cache.publish.errors import PublishError
from model_cache.stores import open_store
from model_cache.stores.base import Store


def listed(destination: Destination) -> Iterator[str]:
    """One line a model, then the files that are none."""
    manifest, said = index.read(destination)
    if not manifest.entries:
        yield _nothing(destination)
    for entry in manifest.entries:
        size = f"{entry.size / 1e6:.1f} MB" if entry.size else "?"
        parts = [entry.task or "?", str(entry.imgsz or "?"), str(said[entry.id].get("precision", "f32")), size]
        parts += [entry.file, *(f"={alias}" for alias in entry.aliases)]
        yield f"{entry.id}  " + "  ".join(parts)
    left = tidying.unnamed(destination)
    if left:
        total = sum(kept.size for kept in left) / 1e6
        yield f"{len(left)} replaced files of {total:.1f} MB are kept; `prune` deletes them."


def verified(destination: Destination, id_: str | None) -> Iterator[tuple[bool, str]]:
    """For each model, or for one, whether it is what the index says, and a line about it."""
    manifest, _ = index.read(destination)  # which refuses two models of one name or alias
    entries = manifest.entries
    if id_ is not None:
        entry = manifest.find(id_)
        if entry is None:
            raise PublishError(f'There is no model "{id_}" in {destination.url}.')
        entries = (entry,)
    if not entries:
        yield False, _nothing(destination)  # more likely mistyped than meant
    store = open_store(destination.url)
    with tempfile.TemporaryDirectory(prefix="yolo-endpoint-verify-") as folder:
        for entry in entries:
            damage = _damage(entry, store, Path(folder))
            yield damage is None, f"{entry.id}  {damage or 'as it should be'}"


def _nothing(destination: Destination) -> str:
    return f"There are no models in {destination.url}."


def _damage(entry: ModelEntry, store: Store, folder: Path) -> str | None:
    """What is wrong with a model as the server would get it."""
    if entry.sha256 is None:
        return "the index has no sha256 of it"
    disk = Disk(store, folder, 0)
    try:
        placed = disk.obtain(entry)
        try:
            found = open_model(placed.path).metadata
        finally:
            disk.release(placed)
    except ModelCacheError as error:
        return str(error)
    if entry.task not in {None, found.task}:
        return f"the index calls it {entry.task}, the file {found.task}"
    if entry.names is not None and dict(entry.names) != dict(found.names):
        return "the index names other classes than the file"
    if entry.imgsz not in {None, *found.imgsz}:
        return f"the index says {entry.imgsz} pixels, the file {found.imgsz[0]}"
    return None
