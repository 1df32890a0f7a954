"""In half precision the engines agree nearly with ultralytics in full; what OpenVINO takes over, and what not."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from model_cache.builtin import WEIGHTS
from model_cache.engines.openvino import OpenVinoEngine
from model_cache.execution import Execution
from model_cache.model import Model, open_model
from model_cache.prediction import TASKS, Frame, Options, Prediction
from tests.hostile.networks import network
from tests.model_cache.parity import frames, opened
from tests.model_cache.precisions import narrowed, run_in_half


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


def settled(model: Model, frame: Frame) -> None:
    """Predict until OpenVINO has tried, and leaves the model to ONNX Runtime."""
    model.predict(frame, Options())
    assert isinstance(model.engine, OpenVinoEngine)
    assert model.engine.compiling is not None
    model.engine.compiling.join(60)
    assert not model.engine.compiling.is_alive()
    assert not model.engine.answers


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("way", "least"), [("openvino-half", 0.97), ("torch-half", 0.9)])
def test_half_precision_agrees_nearly_with_ultralytics(way: str, least: float, task: str) -> None:
    """agreement: of all detections of both sides; one too many counts as one too few does."""
    found = run_in_half(task, way, 8)
    assert found.expected > 3
    assert found.agreement >= least


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


@pytest.mark.parametrize(("task", "half"), [("detect", False), ("segment", True)])
def test_a_file_of_8_bits_stays_with_onnx_runtime(
    task: str, half: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = narrowed(task, "int8", tmp_path)
    plain, ours = open_model(path), open_model(path, Execution(openvino=True, half=half))
    shown = [frame for _, frame in frames(task, 4)]
    settled(ours, shown[0])
    assert [record.getMessage() for record in caplog.records] == [
        "OpenVINO is not used for a model of 8 bits: ONNX Runtime goes on."
    ]
    for frame in shown:
        found, expected = ours.predict(frame, Options()), plain.predict(frame, Options())
        assert np.array_equal(found.classes, expected.classes)
        assert np.array_equal(found.boxes, expected.boxes)


@pytest.mark.parametrize("task", ["detect", "classify"])
def test_a_file_of_16_bits_is_taken_over(task: str, tmp_path: Path) -> None:
    path = narrowed(task, "f16", tmp_path)
    plain, ours = open_model(path), opened(path, Execution(openvino=True))
    apart = Apart()
    for _, frame in frames(task, 6):
        apart.add(ours.predict(frame, Options(conf=0.24)), plain.predict(frame, Options()))
    assert len(apart.boxes) == apart.expected > 3
    assert max(apart.boxes) < 0.1
    assert max(apart.confidences) < 1e-3


@pytest.mark.filterwarnings("ignore")  # what torch's exporter says of itself
@pytest.mark.parametrize("half", [False, True])
def test_an_end_to_end_head_is_taken_over(half: bool, tmp_path: Path) -> None:
    """On a picture of one colour its rows come in another order, and are others."""
    from ultralytics import YOLO

    (tmp_path / "copy.pt").write_bytes((WEIGHTS / "shapes-detect.pt").read_bytes())
    exported = YOLO(str(tmp_path / "copy.pt")).export(format="onnx", device="cpu", dynamic=True, nms=False)
    model = opened(Path(exported), Execution(openvino=True, half=half))
    assert model.metadata.end2end


@pytest.mark.parametrize("half", [False, True])
def test_a_network_that_openvino_answers_otherwise_stays(
    half: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Here because it throws dice of its own."""
    nodes = [
        helper.make_node("RandomUniform", [], ["thrown"], shape=[1, 6, 10]),
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Add", ["thrown", "mean"], ["out"]),
    ]
    onnx.save(network(nodes), str(tmp_path / "dice.onnx"))
    model = open_model(tmp_path / "dice.onnx", Execution(openvino=True, half=half))
    settled(model, np.zeros((64, 64, 3), np.uint8))
    assert "answers otherwise" in caplog.text
    assert len(caplog.records) == 1


def test_without_the_package_the_model_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from model_cache.errors import ModelUnusable

    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.delitem(sys.modules, "model_cache.engines.openvino")
    with pytest.raises(ModelUnusable, match="need openvino, which is not installed here"):
        open_model(WEIGHTS / "shapes-detect.onnx", Execution(openvino=True))
