"""How networks are run: what the engines are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Execution:
    """threads: processors for one picture, None: as many as an engine makes good use of; calls: pictures at the
    same time.

    openvino: .onnx files are taken over from ONNX Runtime by OpenVINO.
    half: 16-bit floats where an engine has them, at the cost of the last digits.
    batch: pictures of one shape that are run together at most; None: 8 on a GPU, 1 on processors.
    patience_s: how long a picture may wait for others to be run with.
    """

    threads: int | None = None
    calls: int = 1
    openvino: bool = False
    half: bool = False
    batch: int | None = None
    patience_s: float = 0.002

    def batch_on(self, gpu: bool) -> int:
        return self.batch or (8 if gpu else 1)


PLAIN = Execution()
