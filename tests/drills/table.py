"""All drills, with the sizes of their full and of their short forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from tests.drills import (
    crosstalk,
    disconnect,
    full_disk,
    fuzz,
    load,
    many_models,
    memory,
    overload,
    slow_clients,
    stampede,
    stop,
    storage,
    swap,
)
from tests.handlers.video.films import film


class Result(Protocol):
    """A dataclass of figures."""

    def faults(self) -> list[str]:
        """What was lost, refused or false, or hung."""

    def missed(self) -> list[str]:
        """Targets of speed and of memory that were not reached; they mean something on a quiet machine alone."""


@cache
def long_video() -> bytes:
    """A minute's work or more for one processor."""
    return film("mp4v.mp4", frames=20_000)


@dataclass(frozen=True)
class Drill:
    """run: in an empty folder, with the sizes of a form. full, short: these sizes; video: whether it needs one."""

    run: Callable[..., Result]
    full: Mapping[str, Any] = field(default_factory=dict)
    short: Mapping[str, Any] = field(default_factory=dict)
    video: bool = False

    def sizes(self, *, full: bool) -> dict[str, Any]:
        sizes = dict(self.full if full else self.short)
        return sizes | ({"video": long_video()} if self.video else {})


DRILLS: dict[str, Drill] = {
    "load": Drill(load.run, {"requests": 2000, "clients": 32}, {"requests": 120, "clients": 32}),
    "stampede": Drill(stampede.run, {"clients": 32}, {"clients": 32}),
    "stop": Drill(stop.run, {"times": 20, "clients": 16}, {"times": 1, "clients": 16}, video=True),
    "slow clients": Drill(slow_clients.run, {"open_ones": (64, 256)}, {"open_ones": (64,)}),
    "memory": Drill(
        memory.run,
        {"warm_up": 20, "requests": 2000, "clients": 8},
        {"warm_up": 1, "requests": 60, "clients": 8},
    ),
    "storage": Drill(storage.run),
    "swap": Drill(swap.run, {"swaps": 20, "clients": 16}, {"swaps": 2, "clients": 16}),
    "many models": Drill(
        many_models.run,
        {"models": 20, "room": 3, "requests": 500, "clients": 8},
        {"models": 8, "room": 3, "requests": 24, "clients": 8},
    ),
    "full disk": Drill(full_disk.run),
    "disconnect": Drill(disconnect.run, {"aborted": 300}, {"aborted": 30}, video=True),
    "crosstalk": Drill(crosstalk.run, {"callers": 8, "each": 100}, {"callers": 8, "each": 10}),
    "fuzz": Drill(fuzz.run, {"files": 20_000, "clients": 4}, {"files": 200, "clients": 4}),
    "overload": Drill(overload.run, {"at_once": 100, "queue": 8}, {"at_once": 24, "queue": 4}),
}
