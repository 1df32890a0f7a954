"""The log of a server, line by line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.server import Server

_PATIENCE_S = 30
Line = dict[str, Any]


def parsed(log: str) -> list[Line]:
    """Every line, each of which must be JSON."""
    return [json.loads(line) for line in log.splitlines()]


def awaited(server: Server, wanted: Callable[[Line], bool]) -> Line:
    """The first line that is wanted, once it is there: a file gives no event to wait for."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        whole = server.log().rpartition("\n")[0]
        if found := next(filter(wanted, parsed(whole)), None):
            return found
        assert time.monotonic() < deadline, whole
        time.sleep(0.02)


def of_request(log: str, request_id: str) -> list[Line]:
    return [line for line in parsed(log) if line.get("request_id") == request_id]
