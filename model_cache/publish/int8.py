"""Weights and activations in 8 bits. In: an .onnx file of 32-bit floats and pictures. Out: a file that ONNX Runtime
computes in whole numbers, wherever its processor can.

The ranges of activations are measured on the pictures. What follows the last convolutions stays in floats: there one
scale would have to serve coordinates up to 640 and scores up to 1.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model_cache.prediction import Floats

# The more of its operators compute in 8 bits, the less is converted on the way from one to the next.
_OPERATORS = ["Conv", "Concat", "Mul", "Sigmoid", "Add", "MaxPool", "Resize", "Split"]


def quantise(source: Path, target: Path, tensors: Iterable[Floats]) -> None:
    """tensors: pictures like those that the model will see, as it takes them."""
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    model = onnx.load(str(source))
    for number, node in enumerate(model.graph.node):
        node.name = node.name or f"unnamed_{number}"
    name, given = model.graph.input[0].name, iter(tensors)

    class Reader:
        def get_next(self) -> dict[str, Floats] | None:
            tensor = next(given, None)
            return None if tensor is None else {name: tensor}

    with _quiet():
        quantize_static(
            model,
            str(target),
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_OPERATORS,
            nodes_to_exclude=tail(model),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


def tail(model: Any) -> list[str]:
    """The names of the nodes that no convolution follows; one of a single output does not count, it only sums up."""
    weights = {weights.name: weights for weights in model.graph.initializer}
    users = defaultdict(list)
    for node in model.graph.node:
        for given in node.input:
            users[given].append(node)

    def convolves(node: Any) -> bool:
        return node.op_type == "Conv" and node.input[1] in weights and weights[node.input[1]].dims[0] > 1

    followed: dict[str, bool] = {}
    for node in reversed(model.graph.node):
        after = [user for output in node.output for user in users[output]]
        followed[node.name] = any(convolves(user) or followed[user.name] for user in after)
    return [name for name, is_followed in followed.items() if not is_followed]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without its advice on the root logger to prepare the model, which was done."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
