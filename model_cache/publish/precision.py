"""The same weights in fewer bits. In: an .onnx file of 32-bit floats. Out: a smaller one, which computes in 32 bits.

Half-precision weights are widened when the file is loaded. Told to compute in 16 bits as well, ONNX Runtime ran no
faster on x86 processors, and loaded in up to twice the time.
"""

from __future__ import annotations

from pathlib import Path

PRECISIONS = ("f32", "f16", "bf16", "int8")
_SMALL = 64  # numbers: a constant of fewer is left as it is

# The least agreement with the checkpoint, 0 to 1, that a file is published with. f32 and f16 are held to the bounds
# of verdict.py instead.
TOLERANCES = {"bf16": 0.95, "int8": 0.9}


def halve(source: Path, target: Path, precision: str) -> None:
    """precision: f16, or bf16, which has the range of 32 bits and an eighth of the levels that f16 has."""
    import ml_dtypes
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kind, stored = {
        "f16": (np.dtype(np.float16), TensorProto.FLOAT16),
        "bf16": (np.dtype(ml_dtypes.bfloat16), TensorProto.BFLOAT16),
    }[precision]
    model = onnx.load(str(source))
    kept, casts = [], []
    for weights in model.graph.initializer:
        values = numpy_helper.to_array(weights) if weights.data_type == TensorProto.FLOAT else None
        if values is None or values.size < _SMALL:
            kept.append(weights)
            continue
        narrow = values.astype(kind)
        if not np.isfinite(narrow.astype(np.float32)).all():  # beyond what 16 bits can say
            kept.append(weights)
            continue
        name = f"{weights.name}_{precision}"
        kept.append(TensorProto(name=name, data_type=stored, dims=values.shape, raw_data=narrow.tobytes()))
        casts.append(helper.make_node("Cast", [name], [weights.name], to=TensorProto.FLOAT, name=f"{name}_widen"))
    nodes = [*casts, *model.graph.node]
    for field, parts in ((model.graph.initializer, kept), (model.graph.node, nodes)):
        copies = [type(part).FromString(part.SerializeToString()) for part in parts]
        del field[:]
        field.extend(copies)
    onnx.save(model, str(target))
