"""Reads that run ahead of whoever takes them. In: a call that reads a range. Out: all bytes, in order and in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from model_cache.stores.base import Deadline, unavailable

PIECE = 16 * 2**20  # bytes in one request: a small model comes in one, a large one in several at a time
CONNECTIONS = 4


def read_ahead(read: Callable[[int, int], bytes], size: int, deadline: Deadline, name: str) -> Iterator[bytes]:
    """What `read` gives from a start up to an end, for all of `size`; StoreUnavailable when the deadline passes first.

    CONNECTIONS reads are under way at a time. name: of their threads.
    """
    pool = ThreadPoolExecutor(CONNECTIONS, name)
    coming: deque[Future[bytes]] = deque()
    try:
        for start in range(0, size, PIECE):
            coming.append(pool.submit(read, start, min(start + PIECE, size)))
            if len(coming) == CONNECTIONS:
                yield coming.popleft().result(deadline.left())
        while coming:
            yield coming.popleft().result(deadline.left())
    except TimeoutError:
        # A trickle never trips a socket's timeout. Its thread is left to its end, its bytes to no one.
        raise unavailable() from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
