"""A loaded model: a frame and options in, a Prediction out. Safe to call from many threads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from model_cache import engines, letterbox, postprocess
from model_cache.engines import Engine
from model_cache.errors import InvalidOptions, ModelUnusable
from model_cache.execution import PLAIN, Execution
from model_cache.letterbox import Letterbox
from model_cache.manifest import ModelEntry
from model_cache.prediction import Floats, Frame, Options, Prediction, Speed

# Pixels: every operator runs once, and there are the 300 anchors that an end-to-end head selects from.
_WARM_UP_SIZE = 128


class Model:
    """metadata: what the model says of itself; nbytes: about what it holds in memory; name: what its errors say."""

    def __init__(self, engine: Engine, name: str | None = None) -> None:
        self.engine = engine
        self.name = name
        self.metadata = engine.metadata
        self.nbytes = engine.nbytes

    def predict(self, frame: Frame, options: Options) -> Prediction:
        """Predict one frame (height, width, 3), BGR, upright.

        A model of fixed size takes its own instead of `options.imgsz`, as ultralytics' exports do.
        Raises InvalidOptions, and ModelUnusable when the network itself fails, or answers what cannot be.
        """
        self._check(options)
        with _named(self.name):
            return self._predict(frame, options)

    def _predict(self, frame: Frame, options: Options) -> Prediction:
        started = perf_counter()
        if self.metadata.task == "classify":
            size = self._size(options)
            tensor = letterbox.to_tensor(letterbox.centre_square(frame, size[0]))
        else:
            fixed = self.metadata.fixed
            box = Letterbox.fit(_shape(frame), self._size(options), None if fixed else self.metadata.stride)
            tensor = letterbox.to_tensor(box.apply(frame))
        prepared = perf_counter()
        outputs = self._run(tensor)
        ran = perf_counter()
        if self.metadata.task == "classify":
            found = Prediction("classify", self.metadata.names, _shape(frame), probabilities=outputs[0][0])
        else:
            found = postprocess.predict(outputs, self.metadata, box.back(), options)
            if options.class_names is not None:
                found = found[np.isin(found.classes, self._numbers(options.class_names))]
        done = perf_counter()
        return replace(found, speed=Speed((prepared - started) * 1e3, (ran - prepared) * 1e3, (done - ran) * 1e3))

    def warm_up(self) -> None:
        """Run the network once, so that the first picture does not pay for it, and check its outputs."""
        height, width = self.metadata.fixed or (_WARM_UP_SIZE, _WARM_UP_SIZE)
        postprocess.check(self._run(np.zeros((1, 3, height, width), np.float32)), self.metadata)

    def _run(self, tensor: Floats) -> list[Floats]:
        try:
            return self.engine.run(tensor)
        except Exception as error:  # each runtime has classes of its own
            height, width = tensor.shape[2:]
            raise ModelUnusable(f"The model fails on an input of {width} by {height} pixels.") from error

    def _size(self, options: Options) -> tuple[int, int]:
        """Height and width to fit the frame into: whole strides."""
        if self.metadata.fixed or options.imgsz is None:
            return self.metadata.imgsz
        stride = self.metadata.stride
        side = max(math.ceil(options.imgsz / stride) * stride, stride)
        return side, side

    def _numbers(self, names: tuple[str, ...]) -> list[int]:
        return [number for number, name in self.metadata.names.items() if name in names]

    def _check(self, options: Options) -> None:
        for number in options.classes or ():
            if number not in self.metadata.names:
                raise InvalidOptions(f"The model has no class {number}.")


def _shape(frame: Frame) -> tuple[int, int]:
    return frame.shape[0], frame.shape[1]


@contextmanager
def _named(name: str | None) -> Iterator[None]:
    """The error that a model cannot be used names it, as the caller knows it."""
    try:
        yield
    except ModelUnusable as error:
        raise ModelUnusable(f'The model "{name}" cannot be used. {error}' if name else str(error)) from error


def open_model(path: Path, execution: Execution = PLAIN, *, name: str | None = None) -> Model:
    """Open and warm up the model in a file, with the engine that its suffix names; ModelUnusable if it can't."""
    with _named(name):
        model = Model(engines.open_engine(path, execution), name)
        model.warm_up()
    return model


def open_entry(path: Path, entry: ModelEntry, *, execution: Execution = PLAIN) -> Model:
    """As open_model, of a store's entry."""
    return open_model(path, execution, name=entry.id)
