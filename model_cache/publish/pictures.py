"""The pictures that models are compared on. In: a folder, or nothing. Out: frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model_cache.builtin.scenes import scene
from model_cache.letterbox import Letterbox, centre_square, to_tensor
from model_cache.metadata import Metadata
from model_cache.prediction import Floats, Frame
from model_cache.publish.errors import PublishError

MOST = 100
GENERATED = 24
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


def generated(task: str, count: int, seed: int = 97) -> Iterator[Frame]:
    """`count` drawn pictures of odd sizes, the same ones for a seed, then ultralytics' two photographs."""
    from ultralytics.utils import ASSETS

    rng = np.random.default_rng(seed)
    for _ in range(count):
        height, width = (int(side) for side in rng.integers(120, 900, 2))
        kwargs: dict[str, Any] = {"count": (1, 1), "size": (0.4, 0.8)} if task == "classify" else {}
        yield scene(rng, height, width, **kwargs).picture
    for name in ("bus.jpg", "zidane.jpg"):
        photograph = cv2.imread(str(ASSETS / name))
        assert photograph is not None
        yield np.asarray(photograph, np.uint8)


def paths(folder: Path) -> list[Path]:
    """The pictures in a folder and those below it, 100 at most, evenly taken; PublishError if there is none."""
    if not folder.is_dir():
        raise PublishError(f"There is no folder {folder}.")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
    if not found:
        raise PublishError(f"There are no pictures in {folder}: {', '.join(sorted(_SUFFIXES))}.")
    return [found[i * len(found) // MOST] for i in range(MOST)] if len(found) > MOST else found


def read(path: Path) -> Frame:
    """One picture, upright; PublishError if it is none."""
    try:
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, OSError):
        picture = None
    if picture is None:
        raise PublishError(f"{path} is not a picture that can be read.")
    return np.asarray(picture, np.uint8)


def tensor(frame: Frame, metadata: Metadata) -> Floats:
    """A frame as a model's input, at the model's own size."""
    if metadata.task == "classify":
        return to_tensor(centre_square(frame, metadata.imgsz[0]))
    shape = frame.shape[0], frame.shape[1]
    box = Letterbox.fit(shape, metadata.imgsz, None if metadata.fixed else metadata.stride)
    return to_tensor(box.apply(frame))
