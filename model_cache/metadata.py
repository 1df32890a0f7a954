"""What a model's file says of the model: its task, its classes and what it takes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from model_cache.errors import ModelUnusable
from model_cache.prediction import TASKS, Task

_LONGEST = 1_000_000  # characters of a value; the names of 20,000 classes have 700,000


@dataclass(frozen=True)
class Metadata:
    """names: class number to name.
    imgsz: height and width in pixels that the model was trained or exported at.
    stride: the model takes whole multiples of this.
    fixed: height and width that it takes and no other, or None.
    keypoints: how many points a detection has and how many numbers a point (pose).
    end2end: its rows are final detections and want no suppression.
    """

    task: Task
    names: Mapping[int, str]
    imgsz: tuple[int, int]
    stride: int = 32
    fixed: tuple[int, int] | None = None
    keypoints: tuple[int, int] = (0, 0)
    end2end: bool = False

    @property
    def extra(self) -> int | None:
        """Numbers of a row after box and classes; None where the prototypes decide."""
        return {"pose": self.keypoints[0] * self.keypoints[1], "obb": 1, "segment": None}.get(self.task, 0)


def read(said: Mapping[str, Any], fixed: tuple[int, int] | None = None) -> Metadata:
    """Metadata from ultralytics' keys; values may be the text of Python literals, as in an .onnx file."""
    said = {key: _literal(value) for key, value in said.items()}
    fixed = _pair(fixed, "input") if fixed else None
    task, names = said.get("task"), said.get("names")
    if task not in TASKS:
        raise ModelUnusable(f"The model's task {task!r} is not one of {', '.join(TASKS)}.")
    if isinstance(names, (list, tuple)):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not names or not all(isinstance(key, int) for key in names):
        raise ModelUnusable("The model does not say what its classes are called.")
    if sorted(names) != list(range(len(names))):
        raise ModelUnusable("The model's classes are not numbered from 0 on.")
    if said.get("channels", 3) != 3:
        raise ModelUnusable(f"The model takes pictures of {said['channels']} channels; 3 are supported.")
    exported = said.get("args")
    embedded = isinstance(exported, dict) and bool(exported.get("nms"))
    stride = _whole(said.get("stride", 32), "stride")
    return Metadata(
        task=cast("Task", task),
        names={number: str(name) for number, name in sorted(names.items())},
        imgsz=fixed or _pair(said.get("imgsz", 640), "imgsz"),
        # A classifier says 1; the others stand on 32 or, with a P6 level, 64.
        stride=stride if task == "classify" else max(stride, 32),
        fixed=fixed,
        keypoints=_pair(said.get("kpt_shape"), "kpt_shape") if task == "pose" else (0, 0),
        end2end=bool(said.get("end2end")) or embedded,
    )


def _literal(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= 8192:
        raise ModelUnusable(f"The model's {what} {value!r} is not a usable number.")
    return int(value)


def _pair(value: Any, what: str) -> tuple[int, int]:
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return _whole(value[0], what), _whole(value[1], what)
    return _whole(value, what), _whole(value, what)
