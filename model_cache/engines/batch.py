"""Calls that wait for the network, run together: tensors of many threads in, each thread's own outputs out.

A GPU takes about as long for eight pictures as for one. Whoever finds the network idle runs what has gathered, so
that a lone call never waits.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np

from model_cache.engines.base import Engine
from model_cache.prediction import Floats


@dataclass(eq=False)
class _Call:
    """One thread's tensor, then what came of it."""

    tensor: Floats
    outputs: list[Floats] | None = None
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.outputs is not None or self.error is not None


class Batcher:
    """An engine over another: the same answers, run up to `size` tensors of one shape at a time."""

    def __init__(self, engine: Engine, size: int, patience_s: float) -> None:
        """patience_s: how long the next batch waits for as many calls as the last one had."""
        self.metadata, self.nbytes = engine.metadata, engine.nbytes
        self.gpu, self.batches = engine.gpu, engine.batches
        self._engine = engine
        self._size = size
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._waiting: list[_Call] = []
        self._running = False
        self._gathered = 1  # calls in the last batch

    def run(self, tensor: Floats) -> list[Floats]:
        call = _Call(tensor)
        with self._changed:
            self._waiting.append(call)
            self._changed.notify_all()
        while batch := self._next(call):
            try:
                self._run(batch)
            finally:
                with self._changed:
                    self._running = False
                    self._changed.notify_all()
        if call.error is not None:
            raise call.error
        assert call.outputs is not None
        return call.outputs

    def _next(self, call: _Call) -> list[_Call]:
        """Wait until `call` is done, then nothing; or until the network is idle, then what to run on it."""
        with self._changed:
            self._changed.wait_for(lambda: call.done or not self._running)
            if call.done:
                return []
            self._running = True
            self._gather()
            shape = self._waiting[0].tensor.shape
            batch = [one for one in self._waiting if one.tensor.shape == shape][: self._size]
            self._waiting = [one for one in self._waiting if one not in batch]
            self._gathered = len(batch)
            return batch

    def _gather(self) -> None:
        """Where others came along with the last call, they are likely to come again: wait for them a little."""
        expected = min(self._gathered, self._size)
        until = time.monotonic() + self._patience_s
        self._changed.wait_for(lambda: len(self._waiting) >= expected, until - time.monotonic())

    def _run(self, batch: list[_Call]) -> None:
        if len(batch) > 1:
            try:
                outputs = self._engine.run(np.concatenate([call.tensor for call in batch]))
                rows = [[output[i : i + 1] for output in outputs] for i in range(len(batch))]
            except Exception:  # noqa: S110 - whichever picture is at fault, the others must not pay for it: one by one
                pass
            else:
                for call, own in zip(batch, rows, strict=True):
                    call.outputs = own
                return
        for call in batch:
            try:
                call.outputs = self._engine.run(call.tensor)
            except Exception as error:
                call.error = error
