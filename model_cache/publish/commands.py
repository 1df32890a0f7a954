"""What the commands do. In: the parsed command line. Out: lines on standard output; the exit status."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from model_cache.publish import index, inspection, naming, tidying, upload
from model_cache.publish.destinations import open_destination
from model_cache.publish.destinations.base import Destination
from model_cache.publish.errors import PublishError
from model_cache.publish.making import STEPS, Wishes, make
from model_cache.publish.progress import Progress


def publish(wanted: argparse.Namespace) -> int:
    if wanted.weights.is_dir():
        return _publish_folder(wanted)
    place = index.address(wanted.to, wanted.id)
    aliases = None if wanted.alias is None else tuple(wanted.alias)
    _publish_one(wanted.weights, place.id, aliases, open_destination(place.store), wanted)
    return 0


def _publish_folder(wanted: argparse.Namespace) -> int:
    """Each for itself: one that cannot be published keeps none from being so."""
    files: dict[str, Path] = {}
    for suffix in (".onnx", ".pt"):  # of two with one id, the checkpoint is exported anew
        for path in sorted(wanted.weights.rglob(f"*{suffix}")):
            files[path.relative_to(wanted.weights).with_suffix("").as_posix()] = path
    if not files:
        raise PublishError(f"There is no .pt and no .onnx in {wanted.weights}.")
    destination, failed = open_destination(wanted.to), []
    for id_, path in sorted(files.items()):
        try:
            place = index.address(wanted.to, id_)
            asked = argparse.Namespace(**vars(wanted))
            if path.suffix == ".onnx":
                asked.pt, asked.imgsz = False, None
            _publish_one(path, place.id, None, destination, asked)
        except PublishError as error:
            failed.append(str(error))
            print(error)
    if failed:
        raise PublishError(f"{len(failed)} of {len(files)} models were not published.")
    return 0


def _publish_one(
    source: Path, id_: str, aliases: tuple[str, ...] | None, destination: Destination, wanted: argparse.Namespace
) -> None:
    index.check_alone(destination, id_)
    upload.check(destination, id_, aliases or ())
    wishes = Wishes(wanted.imgsz, wanted.pt, wanted.precision, wanted.pictures, wanted.against, wanted.tolerance)
    progress = Progress(id_, STEPS)
    try:
        with tempfile.TemporaryDirectory(prefix="yolo-endpoint-publish-") as folder:
            made = make(source, wishes, Path(folder), progress)
            replaced = index.read(destination)[1].get(id_, {}).get("file")
            entry = upload.upload(made, id_, aliases, destination, precision=wishes.precision, progress=progress)
    finally:
        progress.close()
    height, width = made.metadata.imgsz
    size = f"{width} px" if height == width else f"{width} by {height} px"
    print(f"{id_}: {made.metadata.task}, {len(made.metadata.names)} classes, {size}, {entry['size'] / 1e6:.1f} MB")
    print(*made.report, sep="\n")
    print(f"  published as {entry['file']}; MODEL_STORE={destination.url} serves it")
    if wanted.prune:
        if replaced and replaced != entry["file"] and naming.is_published(replaced):
            tidying.drop(destination, replaced)
        tidying.prune(destination)


def remove(wanted: argparse.Namespace) -> int:
    place = index.address(wanted.model, wanted.id)
    destination = open_destination(place.store)
    removed = index.remove(destination, place.id)
    tidying.drop(destination, removed["file"])
    print(f"{place.id} is removed from {place.store}.")
    return 0


def list_(wanted: argparse.Namespace) -> int:
    print(*inspection.listed(open_destination(wanted.store)), sep="\n")
    return 0


def verify(wanted: argparse.Namespace) -> int:
    whole = True
    for good, line in inspection.verified(open_destination(wanted.store), wanted.id):
        print(line)
        whole &= good
    return 0 if whole else 1


def prune(wanted: argparse.Namespace) -> int:
    deleted = tidying.prune(open_destination(wanted.store))
    print(*deleted, f"{len(deleted)} files are deleted.", sep="\n")
    return 0


COMMANDS = {"publish": publish, "list": list_, "remove": remove, "verify": verify, "prune": prune}
