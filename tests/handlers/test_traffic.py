"""The count of requests, with a clock of the test's own."""

from __future__ import annotations

import pytest

from handlers import traffic
from handlers.dialects.platform_metrics import metrics, sparkline
from handlers.traffic import Record, Traffic

NOW = 1_800_000_000.0  # seconds; 2027-01-15T08:00:00Z
HOUR = 3600


def record(age: float, status: int = 200, ms: float = 10.0) -> Record:
    return Record(NOW - age, "helmets", ("acme", "helmets"), status, ms)


def test_records_since_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "time", lambda: NOW - 5 * HOUR)
    counted = Traffic()
    old, new = record(2 * HOUR), record(60)
    counted.add(old)
    counted.add(new)
    assert counted.since(NOW - HOUR) == (NOW - HOUR, [new])
    # Before the process began nothing can be known.
    assert counted.since(NOW - 24 * HOUR) == (NOW - 5 * HOUR, [old, new])


def test_oldest_are_dropped_and_the_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_KEPT", 3)
    counted = Traffic()
    for age in (50, 40, 30, 20, 10):
        counted.add(record(age))
    start, records = counted.since(NOW - HOUR)
    assert start == records[0].at == NOW - 30
    assert len(records) == 3


def test_hours_of_a_day() -> None:
    said = sparkline([record(23.5 * HOUR), record(90 * 60), record(80 * 60, status=500), record(1, ms=30)], NOW)
    assert said["requests24h"] == [1] + [0] * 21 + [2, 1]
    assert (said["totalRequests"], said["errorRate"], said["avgLatencyMs"]) == (4, 25.0, 15.0)


def test_series_run_forward_and_only_where_something_was_asked() -> None:
    records = [record(59.5 * 60), *(record(90, ms=ms) for ms in (10, 20, 30)), record(1, status=400, ms=5)]
    said = metrics(records, NOW - HOUR, NOW, HOUR, overview=False)
    assert said["timeRange"] == {"start": "2027-01-15T07:00:00.000Z", "end": "2027-01-15T08:00:00.000Z"}
    assert said["timeSeries"]["requests"] == [
        {"timestamp": "2027-01-15T07:00:00.000Z", "value": 1},
        {"timestamp": "2027-01-15T07:58:00.000Z", "value": 3},
        {"timestamp": "2027-01-15T07:59:00.000Z", "value": 1},
    ]
    assert [point["value"] for point in said["timeSeries"]["errors"]] == [0, 0, 1]
    assert [point["value"] for point in said["timeSeries"]["latencyP50"]] == [10, 20, 5]
    assert said["summary"]["totalRequests"] == 5
    assert said["summary"]["errorCount"] == 1
    assert said["summary"]["p99LatencyMs"] == pytest.approx(29.6)
