"""Reads that run ahead of whoever takes them. In: calls that give bytes. Out: those bytes, in order and in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from model_cache.stores.base import Deadline, unavailable


def read_ahead(calls: Iterable[Callable[[], bytes]], deadline: Deadline, at_once: int, name: str) -> Iterator[bytes]:
    """What each call gives; StoreUnavailable when the deadline passes first.

    at_once: calls under way at a time. name: of their threads.
    """
    pool = ThreadPoolExecutor(at_once, name)
    coming: deque[Future[bytes]] = deque()
    try:
        for call in calls:
            coming.append(pool.submit(call))
            if len(coming) == at_once:
                yield coming.popleft().result(deadline.left())
        while coming:
            yield coming.popleft().result(deadline.left())
    except TimeoutError:
        # A trickle never trips a socket's timeout. Its thread is left to its end, its bytes to no one.
        raise unavailable() from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
