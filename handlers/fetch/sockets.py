"""A host's name -> a connection to an address of it that has been checked, under one deadline."""

from __future__ import annotations

import io
import socket
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from handlers.fetch.addresses import is_public

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAX_ADDRESSES = 4  # of one name that are tried

# Family and address, as the resolver gives them.
Endpoint = tuple[socket.AddressFamily, Any]


@dataclass(frozen=True)
class Deadline:
    """at: on the monotonic clock, in seconds."""

    at: float

    def left(self) -> float:
        """Seconds; raises TimeoutError when there are none."""
        seconds = self.at - monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


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

    Thread(target=ask, name="resolve", daemon=True).start()
    try:
        endpoints = answers.get(timeout=deadline.left())
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
            connection.settimeout(deadline.left() / (len(endpoints) - tried))
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
        self._connection.settimeout(self._deadline.left())
        return self._connection.recv_into(memoryview(buffer))

    def send(self, data: bytes) -> None:
        self._connection.settimeout(self._deadline.left())
        self._connection.sendall(data)

    def close(self) -> None:
        self._connection.close()
        super().close()
