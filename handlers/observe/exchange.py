"""One request and its answer, as far as they have come: every part that handles it notes here what it knows."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from handlers.access.callers import Caller
from handlers.observe.trace import Trace
from handlers.timing import Timing

GONE = 499  # the status of what a client did not wait for; nginx's number


@dataclass
class Exchange:
    """path: decoded, without the query; remote: the client's address, as far as it can be trusted.

    route: the template that the path matched, or nothing; dialect: its class's name; model: an id of the store.
    pictures: files of a prediction; frames: pictures and videos' frames predicted so far.
    cold: whether the model had to be loaded first, None for what predicts nothing.
    cut: the status where the answer never ends: GONE unless somebody knows better.
    gone: whether the client went before it had the answer.
    """

    method: str
    path: str
    request_id: str
    trace: Trace | None = None
    remote: str = ""
    agent: str = ""
    timing: Timing = field(default_factory=Timing)
    started: float = field(default_factory=perf_counter)
    caller: Caller | None = None
    route: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    dialect: str = ""
    model: str = ""
    task: str = ""
    pictures: int = 0
    frames: int = 0
    cold: bool | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    status: int = 0
    cut: int = GONE
    gone: bool = False
    seconds: float = 0.0
    ended: bool = False

    @property
    def elapsed(self) -> float:
        """Seconds since the request came."""
        return perf_counter() - self.started

    @property
    def key(self) -> str:
        """What the caller's key is called, or nothing; never the key."""
        return (self.caller.name or "") if self.caller else ""


CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""Of the request that the running code works for, so that whatever it logs can name it."""
