"""Weights that are hostile, damaged or of another kind, made on the spot."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from model_cache.builtin import WEIGHTS

SAID = {"task": "detect", "names": "{0: 'a', 1: 'b'}", "stride": "32", "imgsz": "[64, 64]"}
_FLOAT = TensorProto.FLOAT


def network(
    nodes: list[Any],
    *,
    inputs: tuple[Any, ...] = (1, 3, "height", "width"),
    tensors: dict[str, NDArray[Any]] | None = None,
    said: dict[str, str] | None = None,
) -> onnx.ModelProto:
    """One input `images`, one output `out`."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("images", _FLOAT, inputs)],
        [helper.make_empty_tensor_value_info("out")],
        [onnx.numpy_helper.from_array(array, name) for name, array in (tensors or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, SAID | (said or {}))
    return model


def answering(rows: NDArray[Any], **more: Any) -> onnx.ModelProto:
    """Answers the same whatever it sees."""
    return network([helper.make_node("Identity", ["rows"], ["out"])], tensors={"rows": rows.astype(np.float32)}, **more)


def dense(value: float = 0.0) -> NDArray[Any]:
    return np.full((1, 6, 10), value, np.float32)


def final(*row: float) -> NDArray[Any]:
    return np.array([[row]], np.float32)


def endless() -> onnx.ModelProto:
    """A loop of 2 to the 62nd turns, whose beginning depends on the picture, so that it cannot be foreseen."""
    turn = [helper.make_node("Identity", [name], [f"{name}_after"]) for name in ("go", "kept")]
    kinds = {"go": (TensorProto.BOOL, []), "kept": (_FLOAT, [1, 6, 10])}
    counter = helper.make_tensor_value_info("turn", TensorProto.INT64, [])
    entering = [helper.make_tensor_value_info(name, *kind) for name, kind in kinds.items()]
    leaving = [helper.make_tensor_value_info(f"{name}_after", *kind) for name, kind in kinds.items()]
    body = helper.make_graph(turn, "body", [counter, *entering], leaving)
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Add", ["rows", "mean"], ["start"]),
        helper.make_node("Loop", ["turns", "go_on", "start"], ["out"], body=body),
    ]
    return network(nodes, tensors={"rows": dense(), "turns": np.array(2**62), "go_on": np.array(True)})


def fails_later() -> onnx.ModelProto:
    """Takes the 128 pixels that a model is tried with, and nothing else."""
    nodes = [
        helper.make_node("Reshape", ["images", "tried"], ["square"]),
        helper.make_node("ReduceMax", ["square"], ["most"], keepdims=0),
        helper.make_node("Mul", ["rows", "most"], ["out"]),
    ]
    tried = np.array([1, 3, 128, 128], np.int64)
    return network(nodes, tensors={"rows": np.zeros((1, 6, 10), np.float32), "tried": tried})


def huge() -> onnx.ModelProto:
    """Asks for more memory than there is anywhere."""
    return network(
        [helper.make_node("ConstantOfShape", ["size"], ["out"])], tensors={"size": np.array([2**50], np.int64)}
    )


def elsewhere(location: str) -> onnx.ModelProto:
    """Its numbers stand in another file."""
    model = network([helper.make_node("Identity", ["rows"], ["out"])], tensors={"rows": dense()})
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return model


# Name -> what a store's .onnx file of that name is.
NETWORKS: dict[str, Callable[[], onnx.ModelProto]] = {
    "scalar": lambda: answering(np.array(0.0)),
    "vector": lambda: answering(np.zeros(5)),
    "matrix": lambda: answering(np.zeros((5, 5))),
    "no-picture": lambda: answering(np.zeros((0, 6, 10))),
    "rows-too-wide": lambda: answering(np.zeros((1, 99, 10))),
    "class-999": lambda: answering(final(1, 2, 30, 40, 0.9, 999), said={"end2end": "True"}),
    "class-minus-1": lambda: answering(final(1, 2, 30, 40, 0.9, -1), said={"end2end": "True"}),
    "classes-from-5": lambda: answering(dense(0.9), said={"names": "{5: 'a', 9: 'b'}"}),
    "input-of-200000": lambda: answering(dense(), inputs=(1, 3, 200_000, 200_000)),
    "input-of-0": lambda: answering(dense(), inputs=(1, 3, 0, 0)),
    "batch-of-100000": lambda: answering(dense(), inputs=(100_000, 3, 64, 64)),
    "one-channel": lambda: answering(dense(), inputs=(1, 1, 64, 64)),
    "names-nested": lambda: answering(dense(), said={"names": "(" * 200_000}),
    "names-many": lambda: answering(dense(), said={"names": str(dict.fromkeys(range(300_000), "x"))}),
    "names-power": lambda: answering(dense(), said={"names": "9 ** 9 ** 9"}),
    "stride-huge": lambda: answering(dense(), said={"stride": "1e999"}),
    "huge": huge,
    "fails-later": fails_later,
    "elsewhere-above": lambda: elsewhere("../secret"),
    "elsewhere-absolute": lambda: elsewhere("/etc/passwd"),
    "elsewhere-endless": lambda: elsewhere("/dev/zero"),
}
# Of these nothing can be made out, but they are what they say they are.
HARMLESS: dict[str, Callable[[], onnx.ModelProto]] = {
    "not-a-number": lambda: answering(dense(float("nan"))),
    "infinite": lambda: answering(dense(float("inf"))),
    "box-not-a-number": lambda: answering(final(float("nan"), 2, 30, 40, 0.9, 1), said={"end2end": "True"}),
}


class _Evil:
    def __init__(self, proof: Path) -> None:
        self._proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self._proof}",)


def checkpoints(folder: Path, proof: Path) -> list[str]:
    """Writes .pt files of which some would make `proof` if they were executed; their names."""
    torch.save({"model": _Evil(proof)}, folder / "pt-runs.pt")
    (folder / "pt-pickle.pt").write_bytes(pickle.dumps(_Evil(proof)))
    with zipfile.ZipFile(folder / "pt-module.pt", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02cnot_a_module_of_anyones\nThing\n)R.")
        archive.writestr("archive/version", b"3\n")
    torch.save({"model": {"weights": torch.zeros(3)}}, folder / "pt-dictionary.pt")
    whole = (WEIGHTS / "shapes-detect.pt").read_bytes()
    files = {"half": whole[: len(whole) // 2], "empty": b"", "text": b"<html>", "zeros": bytes(5000)}
    for name, data in files.items():
        (folder / f"pt-{name}.pt").write_bytes(data)
    return [path.stem for path in folder.glob("pt-*.pt")]


def files(folder: Path) -> list[str]:
    """Writes .onnx files that are none, and what is no file at all; their names."""
    whole = (WEIGHTS / "shapes-detect.onnx").read_bytes()
    contents = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "text": b"not found",
        "pt": (WEIGHTS / "shapes-detect.pt").read_bytes(),
        "zeros": bytes(5000),
        "damaged": whole[:100_000] + os.urandom(64) * 1000 + whole[164_000:],
    }
    for name, data in contents.items():
        (folder / f"file-{name}.onnx").write_bytes(data)
    (folder / "file-link.onnx").symlink_to("/etc/passwd")
    (folder / "file-dangling.onnx").symlink_to("/no/such/file")
    (folder / "file-device.onnx").symlink_to("/dev/zero")
    (folder / "file-folder.onnx").mkdir()
    os.mkfifo(folder / "file-pipe.onnx")
    return [path.stem for path in folder.glob("file-*.onnx")]
