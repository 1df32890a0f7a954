"""What stands beside the built-in weights: their scores, the index of the store, example pictures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model_cache.builtin import EXAMPLES, WEIGHTS, dataset
from model_cache.builtin.scenes import scene

_CARD = WEIGHTS / "card.json"
_INDEX = WEIGHTS / "models.json"

# name: (seed, height, width, fewest and most shapes, smallest and largest shape)
_SCENES = {
    "shapes": (7, 480, 640, (6, 6), (0.2, 0.4)),
    "portrait": (11, 640, 448, (5, 5), (0.25, 0.5)),
    "panorama": (3, 320, 960, (8, 8), (0.3, 0.6)),
    "crowd": (19, 720, 960, (9, 9), (0.2, 0.35)),
    "one": (23, 256, 256, (1, 1), (0.5, 0.7)),
    "large": (29, 1200, 1600, (7, 7), (0.2, 0.45)),
}


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def keep(model: str, scores: dict[str, float], training: dict[str, Any]) -> None:
    """Put one model's scores, and what it was trained with, into the card."""
    _write(_CARD, _read(_CARD) | {model: {"scores": scores, "training": training}})


def write_index() -> None:
    """Write models.json: the .onnx files, with what tells a whole one from a damaged one."""
    models = {}
    for task in dataset.TASKS:
        file = WEIGHTS / f"shapes-{task}.onnx"
        if file.exists():
            content = file.read_bytes()
            models[file.stem] = {
                "file": file.name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "task": task,
                "names": {str(number): name for number, name in enumerate(dataset.names(task))},
                "imgsz": dataset.SIZE,
            }
    _write(_INDEX, {"models": models})


def write_examples() -> None:
    """Write the example pictures, as JPEG."""
    EXAMPLES.mkdir(exist_ok=True)
    for name, (seed, height, width, count, size) in _SCENES.items():
        drawn = scene(np.random.default_rng(seed), height, width, count=count, size=size)
        cv2.imwrite(str(EXAMPLES / f"{name}.jpg"), drawn.picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
