"""In half precision the engines agree nearly with what they say in full."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from model_cache.builtin import WEIGHTS
from model_cache.engines.openvino import OpenVinoEngine
from model_cache.execution import Execution
from model_cache.model import open_model
from model_cache.prediction import TASKS, Options, Prediction
from tests.model_cache.parity import frames, opened


class Apart:
    """Differences between predictions of the same frames, detection by detection."""

    def __init__(self) -> None:
        self.expected = 0
        self.boxes: list[float] = []  # pixels, of detections that both have
        self.confidences: list[float] = []

    def add(self, ours: Prediction, expected: Prediction) -> None:
        if ours.probabilities is not None and expected.probabilities is not None:
            self.expected += 1
            self.boxes.append(0.0)
            self.confidences.append(float(np.abs(ours.probabilities - expected.probabilities).max()))
            return
        self.expected += len(expected)
        for box, number, confidence in zip(expected.boxes, expected.classes, expected.confidences, strict=True):
            alike = ours.classes == number
            apart = np.abs(ours.boxes[alike] - box).max(-1)
            if apart.size and apart.min() < (box[2:] - box[:2]).max() / 2:
                self.boxes.append(float(apart.min()))
                self.confidences.append(float(abs(ours.confidences[alike][apart.argmin()] - confidence)))


def measure(task: str, suffix: str) -> Apart:
    """OpenVINO or torch in half precision against ONNX Runtime or torch in full."""
    path = WEIGHTS / f"shapes-{task}{suffix}"
    plain, ours = open_model(path), opened(path, Execution(half=True, openvino=suffix == ".onnx"))
    apart = Apart()
    for _, frame in frames(task, 6):
        # A little lower, so that nothing is missed for being just below.
        apart.add(ours.predict(frame, Options(conf=0.2)), plain.predict(frame, Options(conf=0.25)))
    return apart


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("suffix", [".onnx", ".pt"])
def test_half_precision_agrees_nearly(task: str, suffix: str) -> None:
    apart = measure(task, suffix)
    assert apart.expected > 3
    assert len(apart.boxes) >= 0.95 * apart.expected
    assert np.quantile(apart.boxes, 0.9) < 4
    assert np.quantile(apart.confidences, 0.9) < 0.05


def test_takeover_loses_no_answer() -> None:
    """Calls before, during and after it, from several threads."""
    path = WEIGHTS / "shapes-detect.onnx"
    shown = [frame for _, frame in frames("detect", 6)]
    expected = [open_model(path).predict(frame, Options()) for frame in shown]
    model = open_model(path, Execution(openvino=True, calls=2))
    assert isinstance(model.engine, OpenVinoEngine)
    with ThreadPoolExecutor(4) as pool:
        answers: list[tuple[int, Future[Prediction]]] = []
        while not model.engine.answers or len(answers) < 100:
            at = len(answers) % len(shown)
            answers.append((at, pool.submit(model.predict, shown[at], Options())))
            if len(answers) % 20 == 0:
                answers[-1][1].result()
    for at, answer in answers:
        assert np.array_equal(answer.result().classes, expected[at].classes)
        assert np.abs(answer.result().boxes - expected[at].boxes).max(initial=0) < 0.05


def test_without_the_package_the_model_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from model_cache.errors import ModelUnusable

    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.delitem(sys.modules, "model_cache.engines.openvino")
    with pytest.raises(ModelUnusable, match="need openvino, which is not installed here"):
        open_model(WEIGHTS / "shapes-detect.onnx", Execution(openvino=True))
