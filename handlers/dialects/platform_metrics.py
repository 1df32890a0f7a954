"""The records of one dedicated endpoint -> Platform's three forms of metrics.

What this process does not measure (processor, memory, instances) has a series without points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from handlers.traffic import Record

RANGES = {"1h": 3600, "6h": 6 * 3600, "24h": 24 * 3600, "7d": 7 * 86400, "30d": 30 * 86400}  # seconds
_POINTS = 60  # of a series over its whole range
_HOURS = 24


def sparkline(records: Sequence[Record], now: float) -> dict[str, Any]:
    """The last 24 hours, oldest first: requests of each."""
    hours = [0] * _HOURS
    for record in records:
        hours[max(0, _HOURS - 1 - int((now - record.at) // 3600))] += 1
    return {
        "requests24h": hours,
        "totalRequests": len(records),
        "errorRate": _error_rate(records),
        "avgLatencyMs": _mean(records),
    }


def metrics(records: Sequence[Record], start: float, now: float, span: int, *, overview: bool) -> dict[str, Any]:
    """start: from when on the records are complete; times in Unix seconds, span in seconds.

    overview: only requests, errors and the 95th percentile. Errors are all answers from 400 on; their rate
    is in percent. Latency is of all answers, in milliseconds, and 0 where there were none.
    """
    buckets: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        buckets[int((now - record.at) * _POINTS // span)].append(record)
    series = [
        (iso(max(start, now - (age + 1) * span / _POINTS)), buckets[age]) for age in sorted(buckets, reverse=True)
    ]
    summary = {
        "totalRequests": len(records),
        "errorCount": len(_errors(records)),
        "errorRate": _error_rate(records),
        "avgLatencyMs": _mean(records),
        **{f"p{percent}LatencyMs": _percentile(records, percent) for percent in (50, 95, 99)},
    }
    lines = {
        "requests": _line([(at, len(bucket)) for at, bucket in series]),
        "errors": _line([(at, len(_errors(bucket))) for at, bucket in series]),
        "latencyP50": _line([(at, _percentile(bucket, 50)) for at, bucket in series]),
        "latencyP95": _line([(at, _percentile(bucket, 95)) for at, bucket in series]),
        "cpuUtilization": [],
        "memoryUtilization": [],
        "instanceCount": [],
    }
    if overview:
        summary = {name: summary[name] for name in ("totalRequests", "errorRate", "p95LatencyMs")}
        lines = {name: lines[name] for name in ("requests", "errors", "latencyP95")}
    return {"timeRange": {"start": iso(start), "end": iso(now)}, "summary": summary, "timeSeries": lines}


def iso(at: float) -> str:
    """A Unix time as UTC in ISO 8601, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(points: list[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"timestamp": at, "value": value} for at, value in points]


def _errors(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.status >= 400]


def _error_rate(records: Sequence[Record]) -> float:
    return round(100 * len(_errors(records)) / len(records), 2) if records else 0.0


def _mean(records: Sequence[Record]) -> float:
    return round(sum(record.ms for record in records) / len(records), 3) if records else 0.0


def _percentile(records: Sequence[Record], percent: int) -> float:
    return round(float(np.percentile([record.ms for record in records], percent)), 3) if records else 0.0
