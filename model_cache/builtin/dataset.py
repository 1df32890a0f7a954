"""Scenes written to disk in the layouts that ultralytics trains from, one per task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from model_cache.builtin.scenes import ARROW, NAMES, Points, Scene, Shape, scene

TASKS = ("detect", "segment", "pose", "obb", "classify")
SIZE = 256  # pixels, the side of a training picture
_FLIPPED_POINTS = [0, 2, 1, 3]  # mirrored, an arrow's left barb is its right one
_MORE_ARROWS = (*range(len(NAMES)), ARROW, ARROW, ARROW)


def _numbers(cls: int, points: Points, scale: Points) -> str:
    return " ".join([str(cls), *(f"{value:.5f}" for value in (points / scale).ravel())])


def _box(shape: Shape, scale: Points) -> str:
    contour = shape.contour
    low, high = contour.min(0) - 0.5, contour.max(0) + 0.5
    return _numbers(shape.cls, np.stack([(low + high) / 2, high - low]), scale)


def _segment(shape: Shape, scale: Points) -> str:
    return _numbers(shape.cls, shape.contour, scale)


def _corners(shape: Shape, scale: Points) -> str:
    return _numbers(shape.cls, shape.corners.clip(0, scale), scale)


def _arrow(shape: Shape, scale: Points) -> str | None:
    if shape.cls != ARROW:
        return None
    points = " ".join(f"{x:.5f} {y:.5f} 2" for x, y in shape.points / scale)
    return f"0 {_box(shape, scale).split(' ', 1)[1]} {points}"


_LINES: dict[str, Callable[[Shape, Points], str | None]] = {
    "detect": _box,
    "segment": _segment,
    "pose": _arrow,
    "obb": _corners,
}


def names(task: str) -> tuple[str, ...]:
    """A task's classes in the order of their numbers: the pose model finds arrows only, and a classifier
    takes its classes from the names of folders, sorted.
    """
    if task == "classify":
        return tuple(sorted(NAMES))
    return NAMES[ARROW : ARROW + 1] if task == "pose" else NAMES


def scenes(task: str, count: int, seed: int) -> Iterator[Scene]:
    """Scenes of the kind that a task learns from; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        if task == "classify":
            drawn = None
            while drawn is None or not drawn.shapes:  # a large one may find no place at first
                drawn = scene(rng, SIZE, SIZE, count=(1, 1), size=(0.3, 0.8), classes=(i % len(NAMES),))
            yield drawn
        else:
            yield scene(rng, SIZE, SIZE, classes=_MORE_ARROWS if task == "pose" else tuple(range(len(NAMES))))


def write(task: str, folder: Path, split: str, count: int, seed: int) -> None:
    """Write `count` pictures and their labels below `folder` as ultralytics' `split` of a task's data."""
    for i, drawn in enumerate(scenes(task, count, seed)):
        if task == "classify":
            place = folder / split / NAMES[drawn.shapes[0].cls]
        else:
            place = folder / "images" / split
            labels = folder / "labels" / split
            labels.mkdir(parents=True, exist_ok=True)
            scale = np.array(drawn.picture.shape[1::-1], np.float64)
            lines = [line for shape in drawn.shapes if (line := _LINES[task](shape, scale))]
            (labels / f"{i:05}.txt").write_text("\n".join(lines) + "\n" if lines else "")
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{i:05}.png"), drawn.picture)


def describe(task: str, folder: Path) -> Path:
    """What ultralytics' `data` argument wants: the folder for classification, else a data.yaml in it."""
    if task == "classify":
        return folder
    lines = [f"path: {folder}", "train: images/train", "val: images/val", "names:"]
    lines += [f"  {i}: {name}" for i, name in enumerate(names(task))]
    if task == "pose":
        lines += ["kpt_shape: [4, 3]", f"flip_idx: {_FLIPPED_POINTS}"]
    described = folder / "data.yaml"
    described.write_text("\n".join(lines) + "\n")
    return described
