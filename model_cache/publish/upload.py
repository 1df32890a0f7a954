"""A made file into a store: first the file, under a name that nothing has, then the index that names it."""

from __future__ import annotations

from typing import Any

from model_cache.manifest import INDEX
from model_cache.publish import index, naming
from model_cache.publish.destinations.base import Destination
from model_cache.publish.errors import PublishError
from model_cache.publish.making import Made
from model_cache.publish.progress import Progress

_TRIES = 3


def check(destination: Destination, id_: str, aliases: tuple[str, ...]) -> None:
    """Refuse at once what would be refused after the work: PublishError."""
    index.check_free(destination, index.read(destination)[0], id_, aliases)
    destination.check(id_)


def upload(
    made: Made,
    id_: str,
    aliases: tuple[str, ...] | None,
    destination: Destination,
    *,
    precision: str,
    progress: Progress,
) -> dict[str, Any]:
    """What the index says of the model now."""
    sha256, size = naming.digest(made.path), made.path.stat().st_size
    name = naming.name(id_, sha256, made.path.suffix)
    height, width = made.metadata.imgsz
    entry: dict[str, Any] = {
        "file": name,
        "sha256": sha256,
        "size": size,
        "task": made.metadata.task,
        "names": {str(number): called for number, called in made.metadata.names.items()},
    }
    if height == width:
        entry["imgsz"] = height
    if precision != "f32":
        entry["precision"] = precision
    for _ in range(_TRIES):
        with progress.sending(size) as told:
            generation = destination.put(made.path, name, told)
        if generation is not None:
            entry["generation"] = generation
        written = index.put(destination, id_, entry, aliases)
        # Somebody may have removed the very same file before the index named it again.
        if destination.has(name):
            return written
    raise PublishError(f"{name} is deleted by somebody as soon as it is there; {INDEX} names it nevertheless.")
