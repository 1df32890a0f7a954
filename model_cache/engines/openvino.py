"""OpenVINO: .onnx files on the CPU, up to twice as fast in half precision on processors with AMX.

ONNX Runtime opens the file and answers first, since it is ready in half the time. OpenVINO is imported and compiles the
network meanwhile, from the first picture on, and takes over when it is done, if it says the same.
"""

from __future__ import annotations

import logging
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from model_cache.engines import onnx
from model_cache.engines.onnx import OnnxEngine
from model_cache.execution import Execution
from model_cache.prediction import Floats

log = logging.getLogger(__name__)

if find_spec("openvino") is None:
    raise ImportError(name="openvino")

# How far the outputs may lie from ONNX Runtime's on average, as a part of what they are on average. In full precision
# they were 1e-8 to 1e-3 apart; in half precision those of trained networks up to 3e-2, and those of random weights,
# where much hangs on little, 1e-1.
_APART, _APART_IN_HALF = 1e-2, 2.5e-1
_LITTLE = 1e-3  # taken for the average where that is less: the scores of a picture with nothing on it


class OpenVinoEngine:
    gpu = False

    def __init__(self, first: OnnxEngine, content: bytes, execution: Execution) -> None:
        """first: answers until this engine can; content: of the same file, which may be replaced before then."""
        self._onnx = first
        self._content = content
        self._apart = _APART_IN_HALF if execution.half else _APART
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
                self.compiling = threading.Thread(
                    target=self._compile, args=(tensor, outputs), name="openvino", daemon=True
                )
                self.compiling.start()
        return outputs

    def _compile(self, tensor: Floats, expected: list[Floats]) -> None:
        """Take over from ONNX Runtime, or leave it in place.

        tensor: of a shape that is likely to come again; expected: what ONNX Runtime says of it.
        """
        try:
            self._compiled = self._agreeing(tensor, expected)
        except Exception:  # what the one runtime runs and the other does not
            log.warning("OpenVINO cannot run this model: ONNX Runtime goes on.", exc_info=True)
        self._content = b""

    def _agreeing(self, tensor: Floats, expected: list[Floats]) -> Any:
        """The network compiled, or None where it would answer otherwise than before."""
        import openvino  # a third of a second, which the first answer need not wait for

        core = openvino.Core()
        network = core.read_model(self._content)
        # Sums of 8 bits come out wrong in OpenVINO 2026.4 (a detector agreed to 0.2), and later than in ONNX Runtime.
        if any(node.get_type_name() == "FakeQuantize" for node in network.get_ops()):
            log.warning("OpenVINO is not used for a model of 8 bits: ONNX Runtime goes on.")
            return None
        compiled = core.compile_model(network, "CPU", self._properties)
        found = compiled.create_infer_request().infer({0: self._onnx.fitted(tensor)}).values()
        if not self._agree([np.asarray(output, np.float32) for output in found], expected):
            log.warning("OpenVINO answers otherwise than ONNX Runtime for this model: ONNX Runtime goes on.")
            return None
        return compiled

    def _agree(self, ours: list[Floats], theirs: list[Floats]) -> bool:
        if self.metadata.end2end:  # which of its rows come first, and at the end which come at all, a rounding decides
            ours, theirs = ([np.sort(outputs[0][..., 4], axis=None)] for outputs in (ours, theirs))
        pairs = zip(ours, theirs, strict=True)
        return all(np.abs(a - b).mean() <= self._apart * max(np.abs(b).mean(), _LITTLE) for a, b in pairs)

    def _infer(self, tensor: Floats) -> list[Floats]:
        if not hasattr(self._own, "request"):  # a request answers one caller at a time
            self._own.request = self._compiled.create_infer_request()
        outputs = self._own.request.infer({0: self._onnx.fitted(tensor)})
        # Copies: the next call of this thread writes into the request's own memory.
        return [np.array(output, np.float32) for output in outputs.values()]


def open_engine(path: Path, execution: Execution) -> OpenVinoEngine:
    """Open an .onnx file; as ONNX Runtime's engine where it can't be."""
    return OpenVinoEngine(onnx.open_engine(path, execution), path.read_bytes(), execution)
