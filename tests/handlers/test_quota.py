"""Quotas, in memory and in Redis, with a clock of the test's own where time must pass."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from handlers import errors, quota
from handlers.access.callers import Caller
from handlers.errors import LimitReached
from handlers.quota import Quotas, memory_windows, read_quota
from model_cache.builtin import EXAMPLES
from tests.support.redis import RedisServer, redis
from tests.support.server import ROOT, Server

__all__ = ["redis"]
NOW = 1_800_000_000.0
FILES = {"file": (EXAMPLES / "one.jpg").read_bytes()}


class Clock:
    now = NOW

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("limits.storage.memory.time", clock)
    monkeypatch.setattr(errors, "time", clock.time)
    return clock


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "memory":
        yield "memory://"
    else:
        yield request.getfixturevalue("redis").url


def spent(quotas: Quotas, caller: Caller) -> int:
    """How often a caller may still ask, which is used up by trying."""
    for count in range(1000):
        try:
            quotas.spend(caller)
        except LimitReached:
            return count
    return 1000


def test_each_has_its_own(store: str) -> None:
    quotas = Quotas(store)
    assert spent(quotas, Caller("a", "3/hour")) == 3
    assert spent(quotas, Caller("b", "3/hour")) == 3
    assert spent(quotas, Caller("a", "3/hour")) == 0
    assert spent(quotas, Caller("c", None)) == 1000


def test_refusals_cost_nothing(store: str) -> None:
    """A window that is full keeps a request from being counted in any other, whichever it is."""
    quotas = Quotas(store)
    assert spent(quotas, Caller("a", "2/minute;5/hour")) == 2
    for _ in range(10):
        assert spent(quotas, Caller("a", "2/minute;5/hour")) == 0
    assert spent(quotas, Caller("a", "5/hour")) == 3, "two of five were used"
    assert spent(quotas, Caller("b", "2/hour;5/minute")) == 2
    for _ in range(10):
        assert spent(quotas, Caller("b", "2/hour;5/minute")) == 0
    assert spent(quotas, Caller("b", "5/minute")) == 3


def test_callers_at_once(store: str) -> None:
    quotas, caller = Quotas(store), Caller("a", "50/hour;70/day")

    def ask(_: int) -> bool:
        try:
            quotas.spend(caller)
        except LimitReached:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(200))) == 50


def test_windows_move(clock: Clock) -> None:
    quotas, caller = Quotas("memory://"), Caller("a", "2/minute;3/hour")
    quotas.spend(caller)
    clock.now = NOW + 40
    quotas.spend(caller)
    with pytest.raises(LimitReached) as caught:
        quotas.spend(caller)
    assert (caught.value.reset, caught.value.retry_after) == (NOW + 60, 20)
    assert caught.value.headers == {"Retry-After": "20"}
    assert caught.value.message == "The quota of 2/minute;3/hour is used up."
    clock.now = NOW + 61
    quotas.spend(caller)  # the first has left the minute, the second has not
    with pytest.raises(LimitReached) as caught:
        quotas.spend(caller)
    assert (caught.value.reset, caught.value.retry_after) == (NOW + 3600, 3539)
    clock.now = NOW + 3601
    quotas.spend(caller)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "_CLIENTS", 3)
    windows = memory_windows()
    for i in range(50):
        assert windows.spend("1/hour;5/day", f"client-{i}") is None
    assert len(vars(windows._limiter.storage)["events"]) == 2 * 3
    assert windows.spend("1/hour;5/day", "client-49") is not None, "the newest are remembered"


@pytest.mark.parametrize("text", ["100/hour;1000/month", "1 per second, 3/2 minutes", "10/day"])
def test_good_quotas(text: str) -> None:
    assert read_quota(text) == text


@pytest.mark.parametrize("text", ["", "many", "100", "100/fortnight", "-1/hour", "1000001/hour", "1/hour;x"])
def test_bad_quotas(text: str) -> None:
    with pytest.raises(ValueError, match="a quota such as 100/hour;1000/month"):
        read_quota(text)


def test_instances_share_a_store(redis: RedisServer) -> None:
    one, other, caller = Quotas(redis.url), Quotas(redis.url), Caller("a", "4/hour")
    one.spend(caller)
    other.spend(caller)
    assert spent(one, caller) == 2
    assert spent(other, caller) == 0
    assert all(key.startswith("yolo-endpoint:") for key in redis.names())


def test_store_is_away(redis: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Then it is counted here, and there again once it is back; its address is nobody's business."""
    quotas, caller = Quotas(redis.url), Caller("a", "3/hour")
    assert spent(quotas, caller) == 3
    redis.stop()
    assert spent(quotas, caller) == 3
    assert spent(quotas, caller) == 0
    assert [record.message for record in caplog.records] == [
        "The quotas' store does not answer (ConnectionError): counting here."
    ]
    redis.start()
    monkeypatch.setattr(quotas, "_away_until", 0.0)  # as it is some seconds later
    assert spent(quotas, caller) == 3
    assert redis.password not in caplog.text


def test_store_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quotas = Quotas(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        assert spent(quotas, Caller("a", "3/hour")) == 3


def test_nothing_is_imported_for_what_is_not_asked() -> None:
    """A cold start without a quota pays for none."""
    code = "import main, sys; print([name for name in ('limits', 'redis') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def statuses(client: httpx.Client, count: int, **asked: object) -> list[int]:
    return [client.post("/predict", files=FILES, **asked).status_code for _ in range(count)]  # type: ignore[arg-type]


def test_servers_share_a_store(redis: RedisServer, tmp_path: Path) -> None:
    settings = {"QUOTA": "3/hour", "QUOTA_STORE": redis.url}
    with Server(tmp_path, **settings) as one, Server(tmp_path, **settings) as other:
        with one.client() as client:
            assert statuses(client, 2) == [200, 200]
        with other.client() as client:
            assert statuses(client, 2) == [200, 429]
        assert redis.password not in one.log() + other.log()


def test_only_predictions_count(tmp_path: Path) -> None:
    """One request is one, however many pictures it has; what was not let in, or asks for something else, is none."""
    with Server(tmp_path, QUOTA="2/hour", API_KEYS="a-key,b-key") as server, server.client() as client:
        key = {"authorization": "Bearer a-key"}
        for path in ("/health", "/api/deployments", "/model/registry?api_key=a-key", "/acme?api_key=a-key"):
            assert client.get(path, headers=key).status_code == 200
        assert client.post("/?api_key=a-key").status_code == 200
        assert client.get("/acme/shapes-detect?api_key=a-key").status_code == 200
        assert statuses(client, 1) == [401]
        several = [("file", FILES["file"])] * 3
        assert len(client.post("/predict", files=several, headers=key).json()["images"]) == 3
        assert statuses(client, 2, headers=key) == [200, 429]
        refused = client.post("/predict", files=FILES, headers=key)
        said = refused.json()
        assert refused.headers["retry-after"] == str(said["retryAfter"])
        assert refused.headers["x-ratelimit-reset"] == said["resetAt"]
        assert 3590 < said["retryAfter"] <= 3600
        assert statuses(client, 1, headers={"authorization": "Bearer b-key"}) == [200]


def test_nameless_are_counted_by_address(tmp_path: Path) -> None:
    with Server(tmp_path, QUOTA="1/hour", TRUSTED_PROXIES="1") as server, server.client() as client:
        assert statuses(client, 2, headers={"x-forwarded-for": "203.0.113.1"}) == [200, 429]
        assert statuses(client, 1, headers={"x-forwarded-for": "203.0.113.1, 203.0.113.2"}) == [200]
        assert statuses(client, 1, headers={"x-forwarded-for": "203.0.113.3, 203.0.113.1"}) == [429]
