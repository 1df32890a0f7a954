"""Pictures that wait are predicted together, and each caller gets its own answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from model_cache.builtin import WEIGHTS
from model_cache.engines import open_engine
from model_cache.engines.base import Engine
from model_cache.engines.batch import Batcher
from model_cache.execution import Execution
from model_cache.model import open_model
from model_cache.prediction import Floats, Options
from tests.model_cache.parity import frames

PATIENT = Execution(batch=4, patience_s=0.02)


class Gate:
    """An engine over a real one that holds its first run until told, and notes how many pictures each run has."""

    def __init__(self, engine: Engine) -> None:
        self.metadata, self.nbytes, self.gpu, self.batches = engine.metadata, engine.nbytes, False, True
        self.entered, self.open = threading.Event(), threading.Event()
        self.runs: list[int] = []
        self._engine = engine

    def run(self, tensor: Floats) -> list[Floats]:
        self.runs.append(len(tensor))
        self.entered.set()
        assert self.open.wait(30)
        if np.isnan(tensor).any():
            raise ValueError("not a number")
        return self._engine.run(tensor)


@pytest.fixture(params=[".onnx", ".pt"])
def gate(request: pytest.FixtureRequest) -> Gate:
    return Gate(open_engine(WEIGHTS / f"shapes-detect{request.param}", Execution()))


def pictures(*shapes: tuple[int, int]) -> list[Floats]:
    rng = np.random.default_rng(3)
    return [rng.random((1, 3, *shape), np.float32) for shape in shapes]


def all_waiting(batcher: Batcher, count: int) -> None:
    with batcher._changed:
        assert batcher._changed.wait_for(lambda: len(batcher._waiting) == count, 30)


def run_together(gate: Gate, tensors: list[Floats], size: int = 4) -> list[Callable[[], list[Floats]]]:
    """The first tensor runs alone; the others wait for it, all of them, before it may end."""
    batcher = Batcher(gate, size, 0.0)
    with ThreadPoolExecutor(len(tensors)) as pool:
        answers = [pool.submit(batcher.run, tensors[0])]
        assert gate.entered.wait(30)
        answers += [pool.submit(batcher.run, tensor) for tensor in tensors[1:]]
        all_waiting(batcher, len(tensors) - 1)
        gate.open.set()
    return [answer.result for answer in answers]


def test_what_waits_is_run_together(gate: Gate) -> None:
    tensors = pictures(*[(96, 128)] * 6)
    answers = run_together(gate, tensors)
    assert gate.runs == [1, 4, 1]
    for tensor, answer in zip(tensors, answers, strict=True):
        for alone, together in zip(gate.run(tensor), answer(), strict=True):
            assert together.shape == alone.shape
            assert np.abs(together - alone).max() < 1e-3


def test_shapes_do_not_mix(gate: Gate) -> None:
    tensors = pictures((96, 128), (96, 128), (128, 96), (96, 128))
    answers = run_together(gate, tensors)
    assert sorted(gate.runs) == [1, 1, 2]
    for tensor, answer in zip(tensors, answers, strict=True):
        assert np.abs(answer()[0] - gate.run(tensor)[0]).max() < 1e-3


def test_a_failure_is_its_own_callers(gate: Gate) -> None:
    tensors = pictures(*[(96, 128)] * 3)
    tensors[1][0, 0, 0, 0] = np.nan
    first, failing, other = run_together(gate, tensors)
    with pytest.raises(ValueError, match="not a number"):
        failing()
    assert np.abs(other()[0] - gate.run(tensors[2])[0]).max() < 1e-3
    assert first()


@pytest.mark.parametrize("suffix", [".onnx", ".pt"])
def test_answers_under_load_are_those_of_one_at_a_time(suffix: str) -> None:
    alone = open_model(WEIGHTS / f"shapes-segment{suffix}")
    batched = open_model(WEIGHTS / f"shapes-segment{suffix}", PATIENT)
    assert isinstance(batched.engine, Batcher)
    shown = [frame for _, frame in frames("segment", 6)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: batched.predict(shown[i % len(shown)], Options()), range(48)))
    for i, prediction in enumerate(found):
        expected = alone.predict(shown[i % len(shown)], Options())
        assert np.array_equal(prediction.classes, expected.classes)
        assert np.abs(prediction.boxes - expected.boxes).max(initial=0) < 0.01


def test_a_network_of_one_picture_is_never_batched(tmp_path: Path) -> None:
    import onnx

    model = onnx.load(str(WEIGHTS / "shapes-detect.onnx"))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, str(tmp_path / "one.onnx"))
    assert not isinstance(open_engine(tmp_path / "one.onnx", PATIENT), Batcher)
