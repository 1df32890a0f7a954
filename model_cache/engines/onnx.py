"""ONNX Runtime: any export of ultralytics', dense or end to end, dynamic or fixed; on a GPU with its CUDA build."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from model_cache import metadata
from model_cache.errors import ModelUnusable
from model_cache.execution import Execution
from model_cache.prediction import Floats
from model_cache.processors import processors

_MOST_BATCH = 64
# Unless it is told otherwise. A lone picture is answered sooner by two threads (43 ms instead of 55, YOLO26n on two
# processors), to the bit the same; eight callers are answered 3 % slower. More than four were not measured.
_MOST_THREADS = 4
_FIRST_RUN_S = 30.0
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")

# It would report models that it cannot open on standard error, with their paths.
onnxruntime.set_default_logger_severity(4)


class OnnxEngine:
    def __init__(self, path: Path, execution: Execution) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = execution.threads or min(processors(), _MOST_THREADS)
        options.inter_op_num_threads = 1
        # Threads that spin while they wait take the processor from the requests beside them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        available = onnxruntime.get_available_providers()
        providers = [provider for provider in _PROVIDERS if provider in available]
        if len(providers) == 1:
            # Planning in advance which result takes whose memory is half the time that a session takes to open (65
            # of 130 ms, YOLO26n); without it the network runs as fast, in rather less memory.
            options.enable_mem_reuse = False
            options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self.gpu = self._session.get_providers()[0] != _PROVIDERS[-1]
        self._input = self._session.get_inputs()[0]
        if len(self._input.shape) != 4 or self._input.type not in _TYPES:
            raise ModelUnusable("The model does not take one batch of pictures.")
        batch, _, height, width = self._input.shape
        self._batch = batch if isinstance(batch, int) else 1
        self.batches = not isinstance(batch, int)
        if not 1 <= self._batch <= _MOST_BATCH:
            raise ModelUnusable(f"The model takes {self._batch} pictures at once.")
        fixed = (height, width) if isinstance(height, int) and isinstance(width, int) else None
        self.metadata = metadata.read(self._session.get_modelmeta().custom_metadata_map, fixed)
        self.nbytes = path.stat().st_size
        self._tried = False

    def run(self, tensor: Floats) -> list[Floats]:
        inputs = {self._input.name: self.fitted(tensor)}
        outputs = self._session.run(None, inputs) if self._tried else self._try(inputs)
        return [np.asarray(output, np.float32) for output in outputs]

    def fitted(self, tensor: Floats) -> Floats | NDArray[np.float16]:
        """The tensor as the network takes it."""
        if self._batch > 1:  # exported for so many pictures at once and no fewer
            tensor = np.concatenate([tensor, np.zeros((self._batch - 1, *tensor.shape[1:]), np.float32)])
        return tensor.astype(_TYPES[self._input.type], copy=False)

    def _try(self, inputs: dict[str, NDArray[Any]]) -> list[Any]:
        """The first run, which is on no caller's picture: a network that never ends may keep nobody waiting."""
        options = onnxruntime.RunOptions()
        limit = threading.Timer(_FIRST_RUN_S, lambda: setattr(options, "terminate", True))
        limit.daemon = True
        limit.start()
        try:
            outputs: list[Any] = self._session.run(None, inputs, options)
        finally:
            limit.cancel()
        self._tried = True
        return outputs


def open_engine(path: Path, execution: Execution) -> OnnxEngine:
    """Open an .onnx file."""
    try:
        return OnnxEngine(path, execution)
    except ModelUnusable:
        raise
    except Exception as error:  # onnxruntime raises a class of its own for each status, none of them public
        raise ModelUnusable("The model's file is not a readable ONNX model.") from error
