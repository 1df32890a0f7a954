"""models.json as its writers see it. In: a Destination and what is to change. Out: the index changed, or not at all.

Every change is read, made, checked as the server will read it, and written only if nobody else has written since.
What the index says of other models, known to us or not, stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model_cache.errors import StoreUnavailable
from model_cache.manifest import INDEX, Manifest, from_listing, is_path, parse
from model_cache.publish.destinations import open_destination
from model_cache.publish.destinations.base import Destination, edit
from model_cache.publish.errors import PublishError
from model_cache.publish.naming import is_published

Models = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Address:
    """A model in a store."""

    store: str
    id: str


def address(url: str, id_: str | None) -> Address:
    """Of `gs://bucket/models/helmets`; with an id, `url` is the store alone."""
    store, _, last = url.rstrip("/").rpartition("/")
    if id_ is None:
        if not store or store.endswith(":/"):
            raise PublishError(f"{url} names no model: STORE/ID, or STORE and --id ID.")
        id_ = last
    else:
        store = url
    if not is_path(id_):
        raise PublishError(f'"{id_}" cannot be a model\'s id: letters, digits, ".", "_", "-", and "/" between them.')
    return Address(store, id_)


def check_alone(destination: Destination, id_: str) -> None:
    """Refuse to begin a store inside another one or around it: the server of one never sees what is in the other."""
    url = destination.url.rstrip("/")
    if _is_store(f"{url}/{id_}"):
        raise PublishError(f"{url}/{id_} is a store: publish to {url}/{id_}/ID, or to it with --id ID.")
    if destination.read(INDEX)[0] is not None:
        return
    inner = id_
    while "/" in url and not url.endswith("/"):
        url, _, last = url.rpartition("/")
        inner = f"{last}/{inner}"
        if _is_store(url or "/"):
            raise PublishError(f"{url} is a store already: publish to it with --id {inner}.")


def _is_store(url: str) -> bool:
    try:
        return open_destination(url).read(INDEX)[0] is not None
    except PublishError:  # no place at all, or none of ours
        return False


def read(destination: Destination) -> tuple[Manifest, Models]:
    """The index as the server reads it, and as it stands; without one, the models that the server would list."""
    data, _ = destination.read(INDEX)
    models = _models(destination, data)
    return _parsed(_bytes({"models": models})), models


def check_free(destination: Destination, manifest: Manifest, id_: str, aliases: tuple[str, ...]) -> None:
    """Refuse names of a model that are another's in the store's index: PublishError."""
    for name in (id_, *aliases):
        taken = manifest.find(name)
        if taken is not None and taken.id != id_:
            raise PublishError(f'"{name}" is a name of the model "{taken.id}" in {destination.url}.')


def put(destination: Destination, id_: str, entry: dict[str, Any], aliases: tuple[str, ...] | None) -> dict[str, Any]:
    """Add a model or replace it; without aliases it keeps those it had. What is in its place now."""
    written = dict(entry)

    def change(models: Models, manifest: Manifest) -> None:
        check_free(destination, manifest, id_, aliases or ())  # it may have been when the work began, and be no more
        kept = models.get(id_, {}).get("aliases") if aliases is None else list(aliases)
        written.pop("aliases", None)
        if kept:
            written["aliases"] = kept
        models[id_] = written

    _change(destination, change)
    return written


def remove(destination: Destination, id_: str) -> dict[str, Any]:
    """Take a model out of the index; what it said of it. PublishError if there is no such model."""
    removed: dict[str, Any] = {}

    def change(models: Models, manifest: Manifest) -> None:
        known = manifest.find(id_)
        if known is not None and known.id != id_:
            raise PublishError(f'"{id_}" is a name of the model "{known.id}" in {destination.url}: remove that.')
        if known is None:
            raise PublishError(f'There is no model "{id_}" in {destination.url}.')
        removed.update(models.pop(id_))

    _change(destination, change)
    return removed


def _change(destination: Destination, change: Callable[[Models, Manifest], None]) -> None:
    def changed(data: bytes | None) -> bytes:
        index = _loaded(data)
        index["models"] = models = _models(destination, data)
        change(models, _parsed(_bytes({"models": models})))
        index["models"] = dict(sorted(models.items()))
        written = _bytes(index)
        _parsed(written)
        return written

    edit(destination, INDEX, changed)


def _models(destination: Destination, data: bytes | None) -> Models:
    if data is not None:
        _parsed(data)
        models: Models = _loaded(data)["models"]
        return models
    # A first index would hide the models that were served by their files' names: it takes them in. Not those that
    # a publisher has just put there and is about to name.
    names = (kept.name for kept in destination.files() if not is_published(kept.name))
    return {entry.id: {"file": entry.file} for entry in from_listing(names).entries}


def _loaded(data: bytes | None) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(data) if data is not None else {}
    return loaded


def _parsed(data: bytes) -> Manifest:
    try:
        return parse(data)
    except StoreUnavailable as error:
        raise PublishError(f"The store's {error}".rstrip()) from error


def _bytes(index: dict[str, Any]) -> bytes:
    return (json.dumps(index, indent=2, ensure_ascii=False) + "\n").encode()
