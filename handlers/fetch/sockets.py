"""A host's name -> a connection to an address of it that has been checked, under one deadline."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from handlers.fetch.addresses import is_public

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAX_ADDRESSES = 4  # of one name that are tried

# Family and address, as the resolver gives them.
Endpoint = tuple[socket.AddressFamily, Any]


class Cancellation:
    """Ends a fetch from another thread. Who waits at a connection is woken; a look-up of a name is waited for, since
    its own thread lasts as long.
    """

    def __init__(self) -> None:
        self.cancelled = False
        self._lock = Lock()
        self._waiting: socket.socket | None = None

    def cancel(self) -> None:
        with self._lock:
            self.cancelled = True
            if self._waiting is not None:
                with suppress(OSError):  # it is closed already
                    # Of a TLS connection, too, the plain one: that other thread is using the rest.
                    socket.socket.shutdown(self._waiting, socket.SHUT_RDWR)

    @contextmanager
    def wakes(self, connection: socket.socket) -> Iterator[None]:
        """Whoever waits at the connection in the with block. It must not be closed there."""
        with self._lock:
            self._waiting = connection
        try:
            yield
        finally:
            with self._lock:
                self._waiting = None


@dataclass(frozen=True)
class Deadline:
    """at: on the monotonic clock, in seconds; all is over sooner where it is cancelled."""

    at: float
    cancellation: Cancellation = field(default_factory=Cancellation)

    def left(self) -> float:
        """Seconds; raises TimeoutError when there are none."""
        seconds = self.at - monotonic()
        if seconds <= 0 or self.cancellation.cancelled:
            raise TimeoutError
        return seconds

    @contextmanager
    def bounds(self, connection: socket.socket, share: float = 1) -> Iterator[None]:
        """One call in the with block that waits at the connection, to this share of what is left."""
        with self.cancellation.wakes(connection):
            connection.settimeout(self.left() * share)
            yield


def resolve(host: str, port: int, deadline: Deadline, *, public_only: bool) -> list[Endpoint]:
    """The addresses of `host`. Raises OSError if there are none, or if any is not public.

    The system's resolver knows no deadline, so it is asked in a thread that is left behind where it takes longer.
    """
    answers: SimpleQueue[list[Endpoint]] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([(family, address) for family, _, _, _, address in found])
        except (OSError, UnicodeError):
            answers.put([])

    seconds = deadline.left()
    Thread(target=ask, name="resolve", daemon=True).start()
    try:
        endpoints = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if not endpoints or (public_only and not all(is_public(address[0]) for _, address in endpoints)):
        raise OSError("no address to connect to")
    return endpoints[:_MAX_ADDRESSES]


def connect(endpoints: list[Endpoint], deadline: Deadline) -> socket.socket:
    """A connection to the first that accepts it; each gets its share of the time. Raises OSError."""
    failure: OSError = OSError("no address to connect to")
    for tried, (family, address) in enumerate(endpoints):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            with deadline.bounds(connection, 1 / (len(endpoints) - tried)):
                connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


class TimedSocket(io.RawIOBase):
    """A socket of which every single read and write gets only what is left of the deadline.

    A socket's own timeout begins anew with every byte that drips in.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client reads an answer from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with self._deadline.bounds(self._connection):
            return self._connection.recv_into(memoryview(buffer))

    def send(self, data: bytes) -> None:
        with self._deadline.bounds(self._connection):
            self._connection.sendall(data)

    def close(self) -> None:
        self._connection.close()
        super().close()
