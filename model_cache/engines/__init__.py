"""The runtimes that can run a network: one file each, one row each in the table below.

An engine turns a float tensor (pictures, 3, height, width), RGB, 0 to 1, into the network's raw outputs.
"""

from __future__ import annotations

import gc
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from model_cache.engines.base import Engine
from model_cache.errors import ModelUnusable
from model_cache.execution import Execution

__all__ = ["ENGINES", "Engine", "open_engine"]

# File suffix -> the module that opens it, imported when the first such file is. The first row is preferred.
ENGINES = {
    ".onnx": "model_cache.engines.onnx",
    ".pt": "model_cache.engines.pytorch",
}
_OPENVINO = "model_cache.engines.openvino"


def open_engine(path: Path, execution: Execution) -> Engine:
    """Open a model's file; ModelUnusable where it is not what its name says."""
    module = ENGINES.get(path.suffix)
    if module is None:
        raise ModelUnusable(f"Models are {' or '.join(ENGINES)} files.")
    if execution.openvino and path.suffix == ".onnx":
        module = _OPENVINO
    runtime = _import(module, path.suffix)
    engine = cast("Engine", runtime.open_engine(path, execution))
    size = execution.batch_on(engine.gpu)
    if size == 1 or not engine.batches:
        return engine
    from model_cache.engines.batch import Batcher

    return Batcher(engine, size, execution.patience_s)


def _import(module: str, suffix: str) -> Any:
    collects = gc.isenabled()
    gc.disable()  # it would look through torch again and again while that is imported, a tenth of the time
    try:
        return import_module(module)
    except ImportError as error:
        raise ModelUnusable(f"{suffix} files need {error.name}, which is not installed here.") from error
    finally:
        if collects:
            gc.enable()
