"""What was given to be published. In: best.pt, or an .onnx with or without its .pt. Out: what must be answered.

A checkpoint is opened by our own engine first, which runs no code from it; what that refuses nobody else gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cache import engines
from model_cache.engines import Engine
from model_cache.errors import ModelUnusable
from model_cache.execution import PLAIN
from model_cache.publish.errors import PublishError


@dataclass(frozen=True)
class Checkpoint:
    """path: a copy, beside which ultralytics may write; engine: ours; yolo: ultralytics' own model."""

    path: Path
    engine: Engine
    yolo: Any


def open_checkpoint(path: Path, copy: Path) -> Checkpoint:
    """The checkpoint copied from `path`; PublishError where it cannot be opened safely."""
    engine = open_engine(copy, path.name)
    # Only now, when the environment says that nothing may run, be installed or be sent.
    from ultralytics import YOLO

    from model_cache.engines import torchvision_ops

    torchvision_ops.complete()
    try:
        return Checkpoint(copy, engine, YOLO(str(copy), task=engine.metadata.task))
    except Exception as error:
        raise PublishError(f"ultralytics cannot open {path.name}.") from error


def open_engine(path: Path, called: str) -> Engine:
    """One of our engines on a file that the user knows by another name."""
    try:
        return engines.open_engine(path, PLAIN)
    except ModelUnusable as error:
        raise PublishError(f"{called}: {error}") from error
