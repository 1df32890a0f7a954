"""What the vendors' own clients are tried with: a picture for every task, and a place to fetch it from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from model_cache.builtin import EXAMPLES
from tests.support.server import Server

# Task -> a picture that shows something to it. Only a crowd has overlaps and doubtful detections, which the
# options leave out.
PICTURES = {
    "detect": "crowd.jpg",
    "segment": "crowd.jpg",
    "pose": "crowd.jpg",
    "obb": "crowd.jpg",
    "classify": "one.jpg",
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def examples_url() -> Iterator[str]:
    """The address of a web server with the example pictures."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(EXAMPLES)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def fetching_server(examples_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our server, allowed to fetch from that one."""
    with Server(tmp_path_factory.mktemp("fetching"), URL_ALLOW=examples_url.removeprefix("http://")) as running:
        yield running
