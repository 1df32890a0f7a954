"""The runtimes that can run a network: one file each, one row each in the table below.

An engine turns a float tensor (1, 3, height, width), RGB, 0 to 1, into the network's raw outputs.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from model_cache.errors import ModelUnusable
from model_cache.metadata import Metadata
from model_cache.prediction import Floats


class Engine(Protocol):
    """metadata: what the file says of the model; nbytes: about what the engine holds in memory."""

    metadata: Metadata
    nbytes: int

    def run(self, tensor: Floats) -> list[Floats]:
        """Raw outputs, float32; safe to call from many threads."""
        ...


# File suffix -> the module that opens it, imported when the first such file is. The first row is preferred.
ENGINES = {
    ".onnx": "model_cache.engines.onnx",
    ".pt": "model_cache.engines.pytorch",
}


def open_engine(path: Path, threads: int) -> Engine:
    """Open a model's file; ModelUnusable where it is not what its name says. threads: for one picture."""
    module = ENGINES.get(path.suffix)
    if module is None:
        raise ModelUnusable(f"Models are {' or '.join(ENGINES)} files.")
    try:
        engine = import_module(module)
    except ImportError as error:
        raise ModelUnusable(f"{path.suffix} files need {error.name}, which is not installed here.") from error
    return cast("Engine", engine.open_engine(path, threads))
