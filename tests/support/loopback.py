"""What all the stand-ins on the loopback address share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from typing import Any


class QuietHandler(BaseHTTPRequestHandler):
    """Says nothing, and minds no client that is gone."""

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def running(server: BaseServer) -> Iterator[None]:
    """The server serves inside the with block."""
    # Polled often, since shutdown waits for the next look.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
