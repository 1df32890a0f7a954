"""A graph that loads sooner and computes the same. In: an .onnx file. Out: an .onnx file of standard operators.

Two passes: onnxslim folds what does not depend on the picture, ONNX Runtime's basic level fuses what is left. Its
higher levels would save more, but write operators of its own, or fit the file to the processor it was made on; they
run when the file is loaded, as ever. What does not give bit for bit the same outputs is thrown away.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np

from model_cache.prediction import Floats

_SIZES = ((64, 64), (96, 160), (320, 256))  # height and width of what the two are compared on, in whole strides


def optimise(path: Path) -> bool:
    """Optimise a file in place; whether it was changed."""
    faster = path.with_name("optimised.onnx")
    try:
        _slim(path, faster)
        _fuse(faster, faster)
        same = all(
            np.array_equal(old, new, equal_nan=True) for old, new in zip(_outputs(path), _outputs(faster), strict=True)
        )
    except Exception:  # whatever these two make of an operator they have never seen
        logging.getLogger(__name__).debug("The graph stays as it was exported.", exc_info=True)
        same = False
    if same:
        faster.replace(path)
    faster.unlink(missing_ok=True)
    return same


def _slim(source: Path, target: Path) -> None:
    import onnx
    import onnxslim

    slimmed = onnxslim.slim(onnx.load(str(source)))
    onnx.save(slimmed, str(target))


def _fuse(source: Path, target: Path) -> None:
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    written = target.with_name("fused.onnx")
    options.optimized_model_filepath = str(written)
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    model = onnx.load(str(written))
    written.unlink()
    # It lists every set of operators that it knows, used or not; other runtimes stumble over those.
    used = {node.domain for node in model.graph.node}
    kept = [imported for imported in model.opset_import if imported.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    onnx.save(model, str(target))


def _outputs(path: Path) -> list[Floats]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given: Any = session.get_inputs()[0]
    rng = np.random.default_rng(0)
    found: list[Floats] = []
    for height, width in _SIZES:
        found += session.run(None, {given.name: rng.random((1, 3, height, width), np.float32)})
    return found
