"""The file that is to be served, made and compared. In: a checkpoint or an .onnx, and wishes. Out: a file to upload."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cache.engines import Engine
from model_cache.errors import ModelUnusable
from model_cache.metadata import Metadata
from model_cache.model import Model
from model_cache.prediction import Frame, Options
from model_cache.publish import comparison, export, graph, int8, pictures, precision, raw, verdict
from model_cache.publish.answer import Answering, by_model, by_ultralytics
from model_cache.publish.errors import Disagreement, PublishError
from model_cache.publish.progress import Progress
from model_cache.publish.source import Checkpoint, open_checkpoint, open_engine

STEPS = 5
_ENOUGH = 10  # detections: with fewer compared, the network's raw numbers are compared as well
_RAW_PICTURES = 4
_TIMED = 8


@dataclass(frozen=True)
class Wishes:
    """imgsz: pixels, None for the checkpoint's own; as_pt: serve the checkpoint itself; against: the .pt of an .onnx;
    pictures: a folder, None to draw some; tolerance: least agreement, None for the precision's own.
    """

    imgsz: int | None = None
    as_pt: bool = False
    precision: str = "f32"
    pictures: Path | None = None
    against: Path | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Made:
    """path: what is to be uploaded; report: lines for the user."""

    path: Path
    metadata: Metadata
    report: tuple[str, ...]


def make(source: Path, wishes: Wishes, folder: Path, progress: Progress) -> Made:
    """folder: an empty one, for what is made. PublishError, of which Disagreement where it must not be served."""
    progress.step("opening")
    _check(source)
    checkpoint = _checkpoint(source, wishes, folder)
    if source.suffix == ".onnx" or wishes.as_pt:
        made = folder / f"model{source.suffix}"
        shutil.copyfile(source, made)
    else:
        assert checkpoint is not None
        progress.step("exporting")
        made = export.export(checkpoint.yolo, wishes.imgsz or checkpoint.engine.metadata.imgsz[0])
        progress.step("optimising")
        graph.optimise(made)
    full = open_engine(made, source.name)
    lonely = checkpoint is None and wishes.precision == "f32"  # nothing says what it must answer
    seen = [] if lonely and wishes.pictures is None else _pictures(wishes, full.metadata.task)
    if wishes.precision != "f32":
        progress.step("measuring" if wishes.precision == "int8" else "narrowing")
        made, seen = _narrow(made, full.metadata, wishes.precision, seen)
    progress.step("comparing")
    engine = full if wishes.precision == "f32" else open_engine(made, source.name)
    try:
        report = _compared(engine, full, checkpoint, wishes, seen)
    except Disagreement as error:
        raise Disagreement(f"{source.name} is not published: {error}.") from error
    except ModelUnusable as error:
        raise PublishError(f"{source.name}: {error}") from error
    return Made(made, engine.metadata, tuple(report))


def _check(source: Path) -> None:
    if not source.is_file():
        raise PublishError(f"There is no file {source}.")
    if source.suffix not in {".pt", ".onnx"}:
        raise PublishError(f"{source} is neither a .pt nor an .onnx.")


def _checkpoint(source: Path, wishes: Wishes, folder: Path) -> Checkpoint | None:
    path = source if source.suffix == ".pt" else wishes.against
    if path is None:
        return None
    _check(path)
    return open_checkpoint(path, export.copy(path, folder))


def _pictures(wishes: Wishes, task: str) -> list[Frame]:
    if wishes.pictures is None:
        return list(pictures.generated(task, pictures.GENERATED))
    return [pictures.read(path) for path in pictures.paths(wishes.pictures)]


def _narrow(made: Path, metadata: Metadata, wanted: str, seen: list[Frame]) -> tuple[Path, list[Frame]]:
    """The narrower file, and the pictures that are left to compare it on: not those that it was measured on."""
    target = made.with_name(f"{wanted}.onnx")
    try:
        if wanted == "int8":
            if len(seen) < 2:
                raise PublishError("8 bits take more than one picture: one half to measure on, one to compare on.")
            int8.quantise(made, target, (pictures.tensor(frame, metadata) for frame in seen[::2]))
            return target, seen[1::2]
        precision.halve(made, target, wanted)
    except PublishError:
        raise
    except Exception as error:  # an .onnx of somebody else's making may hold anything
        raise PublishError(f"The model cannot be brought to {wanted}.") from error
    return target, seen


def _compared(
    engine: Engine, full: Engine, checkpoint: Checkpoint | None, wishes: Wishes, seen: list[Frame]
) -> list[str]:
    """The report; Disagreement, ModelUnusable."""
    model = Model(engine)
    model.warm_up()
    theirs = _theirs(checkpoint, full, wishes)
    if theirs is None:
        return ["  opened, but not compared: no .pt was given (--against)"]
    found = comparison.compare(by_model(model), theirs, seen)
    exact = wishes.precision == "f32"
    beneath = _raw(engine, checkpoint, seen) if exact and found.expected < _ENOUGH else None
    report = [f"  compared on {found.pictures} pictures with {'its .pt' if checkpoint else 'the .onnx itself'}:"]
    report += verdict.table(found, beneath, engine.metadata.task)
    if found.expected == 0 and beneath is None:
        raise PublishError("Nothing is detected on these pictures, so nothing can be compared: --pictures FOLDER.")
    if not exact:
        report += _cost(model, Model(full), seen)
    try:
        verdict.judge(found, beneath, wishes.tolerance or precision.TOLERANCES.get(wishes.precision))
    except Disagreement as error:
        raise Disagreement(f"{error}\n" + "\n".join(report)) from None
    return report


def _theirs(checkpoint: Checkpoint | None, full: Engine, wishes: Wishes) -> Answering | None:
    if checkpoint is not None:
        return by_ultralytics(checkpoint.yolo, full.metadata.imgsz[0] if not wishes.as_pt else None)
    return by_model(Model(full)) if wishes.precision != "f32" else None


def _raw(engine: Engine, checkpoint: Checkpoint | None, seen: Iterable[Frame]) -> raw.Raw | None:
    if checkpoint is None or engine.metadata.task == "classify":
        return None
    some = list(seen)[:_RAW_PICTURES]
    return raw.compare(engine, checkpoint.engine, (pictures.tensor(frame, engine.metadata) for frame in some))


def _cost(model: Model, full: Model, seen: list[Frame]) -> list[str]:
    """What was gained: turn about, so that a busy machine slows both."""
    times: dict[Any, list[float]] = {model: [], full: []}
    for frame in seen[:_TIMED]:
        for timed, taken in times.items():
            taken.append(timed.predict(frame, Options()).speed.inference)
    narrow, wide = (statistics.median(taken) for taken in times.values())
    return [
        f"  {'size':<18}{model.nbytes / 1e6:.1f} MB instead of {full.nbytes / 1e6:.1f}",
        f"  {'network':<18}{narrow:.1f} ms a picture instead of {wide:.1f}, on one thread of this machine",
    ]
