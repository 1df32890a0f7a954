"""OpenVINO: .onnx files on the CPU, up to twice as fast in half precision on processors with AMX.

ONNX Runtime opens the file and answers first, since it is ready in half the time. OpenVINO compiles the network
meanwhile, from the first picture on, and takes over when it is done.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from model_cache.engines import onnx
from model_cache.engines.onnx import OnnxEngine
from model_cache.execution import Execution
from model_cache.prediction import Floats

log = logging.getLogger(__name__)


class OpenVinoEngine:
    gpu = False

    def __init__(self, first: OnnxEngine, content: bytes, execution: Execution) -> None:
        """first: answers until this engine can; content: of the same file, which may be replaced before then."""
        self._onnx = first
        self._content = content
        self._properties = {
            # Never left to OpenVINO, which takes bf16 on a processor that has it, whoever asks.
            "INFERENCE_PRECISION_HINT": "bf16" if execution.half else "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": execution.calls,
            "INFERENCE_NUM_THREADS": (execution.threads or 1) * execution.calls,
        }
        self._own = threading.local()
        self._lock = threading.Lock()
        self._runs = 0
        self._compiled: Any = None
        self.compiling: threading.Thread | None = None
        self.metadata, self.batches = self._onnx.metadata, self._onnx.batches
        self.nbytes = 2 * self._onnx.nbytes  # both runtimes hold the weights

    @property
    def answers(self) -> bool:
        """Whether this engine has taken over."""
        return self._compiled is not None

    def run(self, tensor: Floats) -> list[Floats]:
        if self._compiled is not None:
            return self._infer(tensor)
        outputs = self._onnx.run(tensor)
        with self._lock:
            self._runs += 1
            # The first run warms up; the second is somebody's picture, which should not share its processor.
            if self._runs == 2:
                self.compiling = threading.Thread(target=self._compile, args=(tensor,), name="openvino", daemon=True)
                self.compiling.start()
        return outputs

    def _compile(self, tensor: Floats) -> None:
        """Take over from ONNX Runtime, or leave it in place. tensor: of a shape that is likely to come again."""
        try:
            core = openvino.Core()
            compiled = core.compile_model(core.read_model(self._content), "CPU", self._properties)
            compiled.create_infer_request().infer({0: self._onnx.fitted(tensor)})
        except Exception:  # what the one runtime runs and the other does not
            log.warning("OpenVINO cannot run this model: ONNX Runtime goes on.", exc_info=True)
        else:
            self._compiled = compiled
        self._content = b""

    def _infer(self, tensor: Floats) -> list[Floats]:
        if not hasattr(self._own, "request"):  # a request answers one caller at a time
            self._own.request = self._compiled.create_infer_request()
        outputs = self._own.request.infer({0: self._onnx.fitted(tensor)})
        # Copies: the next call of this thread writes into the request's own memory.
        return [np.array(output, np.float32) for output in outputs.values()]


def open_engine(path: Path, execution: Execution) -> OpenVinoEngine:
    """Open an .onnx file; as ONNX Runtime's engine where it can't be."""
    return OpenVinoEngine(onnx.open_engine(path, execution), path.read_bytes(), execution)
