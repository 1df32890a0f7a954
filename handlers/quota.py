"""How often a caller may ask: so many requests in each of several windows, all of which move with the clock.

In QUOTA's language, `100/hour;1000/month`; a month is 30 days. What counts is imported when there is a quota.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from contextlib import nullcontext
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from handlers.access.callers import Caller
from handlers.errors import LimitReached

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.storage import MemoryStorage, RedisStorage

logger = logging.getLogger(__name__)
_MOST = 1_000_000  # requests of one window: each is kept until it is over
_CLIENTS = 10_000  # counted in memory at once; of more, those who asked longest ago are forgotten
_TIMEOUT_S = 0.5  # of one exchange with Redis
_AWAY_S = 5.0  # how long it is left alone after it did not answer


def read_quota(text: str) -> str:
    """The same text; raises ValueError where it is not a quota."""
    try:
        _items(text)
    except ValueError:
        raise ValueError(f"a quota such as 100/hour;1000/month, of at most {_MOST} each") from None
    return text


def read_store(text: str) -> str:
    """The same address; raises ValueError, whose text does not hold the password."""
    try:
        parts = urlsplit(text)
        good = text == "memory://" or (parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0)
    except ValueError:
        good = False
    if not good:
        raise ValueError("memory:// or redis://[user:password@]host[:port][/number]")
    return text


@cache
def _items(text: str) -> tuple[RateLimitItem, ...]:
    """The windows, the shortest first: what a longer one refuses costs a shorter one least."""
    import limits

    items = sorted(limits.parse_many(text), key=lambda item: item.get_expiry())
    if any(item.amount > _MOST for item in items):
        raise ValueError(text)
    return tuple(items)


class Windows:
    """Counts requests, in this process's memory or in Redis."""

    def __init__(self, storage: MemoryStorage | RedisStorage, *, bounded: bool) -> None:
        """bounded: whether the storage is to be kept small from here; Redis forgets by itself."""
        from limits.strategies import MovingWindowRateLimiter

        self._limiter = MovingWindowRateLimiter(storage)
        self._recent: OrderedDict[tuple[str, str], None] | None = OrderedDict() if bounded else None
        self._lock = threading.Lock() if bounded else nullcontext()

    def spend(self, quota: str, who: str) -> float | None:
        """Count one request in all windows, or, where one is full, in none: then when there will be room.

        Unix seconds. Two instances that share a store may both find room for one: then the later is refused, and
        was counted in the windows that are shorter than the full one.
        """
        with self._lock:
            self._remember(quota, who)
            if (reset := self.full(quota, who)) is not None:
                return reset
            refused = next((item for item in _items(quota) if not self._limiter.hit(item, who)), None)
            return None if refused is None else self._limiter.get_window_stats(refused, who).reset_time

    def full(self, quota: str, who: str) -> float | None:
        """When there will be room in all windows, where now there is not."""
        full = [item for item in _items(quota) if not self._limiter.test(item, who)]
        return max((self._limiter.get_window_stats(item, who).reset_time for item in full), default=None)

    def _remember(self, quota: str, who: str) -> None:
        if self._recent is None:
            return
        self._recent[quota, who] = None
        self._recent.move_to_end((quota, who))
        if len(self._recent) > _CLIENTS:
            (quota, who), _ = self._recent.popitem(last=False)
            for item in _items(quota):
                self._limiter.clear(item, who)


def memory_windows() -> Windows:
    """Made in the process that serves, and not before its fork: the storage has a thread of its own."""
    from limits.storage import MemoryStorage

    return Windows(MemoryStorage(), bounded=True)


def _redis_windows(store: str) -> Windows:
    """Connects when it is first asked; one exchange ends within twice the timeout, whatever happens."""
    from limits.storage import RedisStorage
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    retry = Retry(NoBackoff(), 1)  # a connection that Redis has closed since is opened again
    options = {"socket_connect_timeout": _TIMEOUT_S, "socket_timeout": _TIMEOUT_S, "retry": retry}
    return Windows(RedisStorage(store, key_prefix="yolo-endpoint", **options), bounded=False)  # type: ignore[arg-type]


class Quotas:
    """Counts in the store, or here while that is away.

    Refusing everybody because a counter is lost would be an outage, and letting everybody in an open door: until
    the store is back, each instance counts for itself.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._here: Windows | None = None
        self._shared: Windows | None = None
        self._away_until = 0.0

    def spend(self, caller: Caller) -> None:
        """Count a request of the caller's; raises LimitReached. May wait for the store."""
        if caller.quota is None:
            return
        reset = self._spend(caller.quota, caller.id)
        if reset is not None:
            raise LimitReached(f"The quota of {caller.quota} is used up.", reset)

    def _spend(self, quota: str, who: str) -> float | None:
        if self._store != "memory://" and monotonic() >= self._away_until:
            from redis import RedisError

            try:
                return self._there().spend(quota, who)
            except (RedisError, OSError) as error:
                self._away_until = monotonic() + _AWAY_S
                # Its text would say the store's address.
                logger.error("The quotas' store does not answer (%s): counting here.", type(error).__name__)
        with self._lock:
            self._here = self._here or memory_windows()
        return self._here.spend(quota, who)

    def _there(self) -> Windows:
        with self._lock:
            self._shared = self._shared or _redis_windows(self._store)
        return self._shared
