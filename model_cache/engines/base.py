"""What an engine is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # whoever only fetches files asks for the suffixes of engines, and is spared numpy
    from model_cache.metadata import Metadata
    from model_cache.prediction import Floats


class Engine(Protocol):
    """metadata: what the file says of the model; nbytes: about what the engine holds in memory.

    gpu: it runs on one; batches: it takes several pictures of one shape at once.
    """

    metadata: Metadata
    nbytes: int
    gpu: bool
    batches: bool

    def run(self, tensor: Floats) -> list[Floats]:
        """Raw outputs, float32, a row for each picture; safe to call from many threads."""
        ...
