"""A web server on the loopback address that answers exactly the bytes that a test wants."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType

Answer = bytes | Callable[[socket.socket, Event], None]


class Site:
    """answers: by path. requests: the heads that came, in their order. left: set when a client has gone."""

    def __init__(self, answers: dict[str, Answer], tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers
        self.requests: list[str] = []
        self._tls = tls
        self._closing = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def allowed(self) -> frozenset[tuple[str, int]]:
        return frozenset({("127.0.0.1", self.port)})

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                connection.settimeout(10)
                secure = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
                with secure:
                    self._answer(secure)

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            block = connection.recv(65_536)
            if not block:
                return
            head += block
        self.requests.append(head.decode())
        answer = self.answers[head.split()[1].decode()]
        if callable(answer):
            answer(connection, self._closing)
        else:
            connection.sendall(answer)


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer; a Content-Length comes by itself, names are written with underscores."""
    named = {"content-length": str(len(body))} | {name.replace("_", "-"): text for name, text in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {text}" for name, text in named.items() if text), "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(status=status, location=location)


def drip(data: bytes, pause_s: float) -> Callable[[socket.socket, Event], None]:
    """The data byte by byte, until the client or the test has had enough."""

    def send(connection: socket.socket, closing: Event) -> None:
        for value in data:
            if closing.wait(pause_s):
                return
            connection.sendall(bytes([value]))

    return send


def stall(connection: socket.socket, closing: Event) -> None:
    """No answer until the client has gone."""
    connection.recv(1)
