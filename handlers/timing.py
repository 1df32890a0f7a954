"""How long the parts of a request took -> the `Server-Timing` header, which browsers and curl show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

from model_cache.prediction import Speed

PARTS = ("decode", "preprocess", "inference", "postprocess", "render", "serialise")


class Timing:
    """Milliseconds by part, of all frames of a request together."""

    def __init__(self) -> None:
        self._ms: dict[str, float] = {}

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Counts what the with block takes to a part."""
        started = perf_counter()
        try:
            yield
        finally:
            self._add(part, (perf_counter() - started) * 1e3)

    def predicted(self, speed: Speed) -> None:
        for part in ("preprocess", "inference", "postprocess"):
            self._add(part, getattr(speed, part))

    @property
    def ms(self) -> Mapping[str, float]:
        """Of those parts that there were, in the order of the work."""
        return {part: self._ms[part] for part in PARTS if part in self._ms}

    def rounded(self, seconds: float) -> dict[str, float]:
        """As the header, to the microsecond."""
        return {part: round(ms, 3) for part, ms in [*self.ms.items(), ("total", seconds * 1e3)]}

    def header(self, seconds: float) -> str:
        """In the order of the work; `total` is the whole call's. A request that was a picture's has the numbers
        that the dialects answer as its `speed`.
        """
        return ", ".join(f"{part};dur={ms:.3f}" for part, ms in self.rounded(seconds).items())

    def _add(self, part: str, ms: float) -> None:
        self._ms[part] = self._ms.get(part, 0.0) + ms
