"""A running server under one client and under many: latencies, throughput, memory."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.bench.servers import Contender, Running
from tests.bench.setting import Effort, Setting, percentile

_FIRST = 5  # requests that are not counted


@dataclass
class _Tally:
    seconds: list[float] = field(default_factory=list)
    errors: int = 0


def measure(setting: Setting, contender: Contender, effort: Effort) -> dict[str, Any]:
    """One round: single requests, then each number of clients, then the memory that all that has led to."""
    with contender.serve(setting.folder, CACHE_DIR=str(setting.folder / "cache")) as on:
        client = on.connect()
        for _ in range(_FIRST):
            client.predict(setting.body)
        single, parts = [], []
        for _ in range(effort.warm):
            started = time.perf_counter()
            client.predict(setting.body)
            single.append(time.perf_counter() - started)
            parts.append(_parts(client.headers.get("server-timing", "")))
        client.close()
        levels = {str(clients): _level(setting, on, clients, effort.load_s) for clients in effort.clients}
        asked = len(single) + sum(level["requests"] for level in levels.values())
        _level(setting, on, 4, 60.0, most=max(effort.requests - asked, 1))
        return {"single": single, "parts": parts, "levels": levels, "megabytes": on.megabytes()}


def _level(setting: Setting, on: Running, clients: int, seconds: float, most: int | None = None) -> dict[str, Any]:
    """So many clients, each asking again as soon as it is answered, for that long or so many requests."""
    tally, begun = _Tally(), time.perf_counter()
    threads = [threading.Thread(target=_ask, args=(setting, on, tally, begun + seconds, most)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    return {
        "requests": len(tally.seconds),
        "per_second": len(tally.seconds) / took,
        "p50_ms": percentile(tally.seconds or [0.0], 0.5) * 1e3,
        "p95_ms": percentile(tally.seconds or [0.0], 0.95) * 1e3,
        "errors": tally.errors,
    }


def _ask(setting: Setting, on: Running, tally: _Tally, end: float, most: int | None) -> None:
    client = on.client()
    while time.perf_counter() < end and (most is None or len(tally.seconds) < most):
        started = time.perf_counter()
        try:
            client.predict(setting.body)
            tally.seconds.append(time.perf_counter() - started)
        except (OSError, RuntimeError):
            tally.errors += 1
            client.close()
            if tally.errors > 1000:
                return
    client.close()


def _parts(header: str) -> dict[str, float]:
    """Milliseconds by name, of a Server-Timing header."""
    found = {}
    for part in filter(None, header.split(", ")):
        name, _, ms = part.partition(";dur=")
        found[name] = float(ms)
    return found
