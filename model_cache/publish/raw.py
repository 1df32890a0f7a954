"""What two networks say before anything is decided on it. For pictures on which there is nothing to detect.

In: two engines and the tensors of pictures. Out: how far their heads' numbers lie apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from model_cache.engines import Engine
from model_cache.prediction import Floats


@dataclass
class Raw:
    """box: pixels of the network's input; score: of a class; rest: everything else, as a part of its largest value."""

    box: float = 0.0
    score: float = 0.0
    rest: float = 0.0

    def add(self, ours: list[Floats], theirs: list[Floats], classes: int) -> None:
        """Dense heads, (1, 4 + classes + extra, anchors), and what stands beside them."""
        if len(ours) != len(theirs) or any(a.shape != b.shape for a, b in zip(ours, theirs, strict=True)):
            self.box = self.score = self.rest = float("inf")
            return
        apart = np.abs(ours[0] - theirs[0])[0]
        self.box = max(self.box, float(apart[:4].max()))
        self.score = max(self.score, float(apart[4 : 4 + classes].max()))
        rests = [(ours[0][0, 4 + classes :], theirs[0][0, 4 + classes :]), *zip(ours[1:], theirs[1:], strict=True)]
        for mine, other in rests:
            if other.size:
                far = float(np.abs(mine - other).max() / max(float(np.abs(other).max()), 1e-6))
                self.rest = max(self.rest, far)


def compare(ours: Engine, theirs: Engine, tensors: Iterable[Floats]) -> Raw | None:
    """None where the heads are end to end: their rows stand in an order that a rounding may change."""
    if ours.metadata.end2end or theirs.metadata.end2end:
        return None
    compared = Raw()
    for tensor in tensors:
        compared.add(ours.run(tensor), theirs.run(tensor), len(ours.metadata.names))
    return compared
