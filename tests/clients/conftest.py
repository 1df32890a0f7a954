"""What the vendors' own clients are tried with: a picture for every task, and a place to fetch it from."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from handlers.access.keys import hashed
from handlers.keys import new_key
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


@dataclass(frozen=True)
class Keys:
    """good: for everything; pose: for the one model; spent: its quota is used up; wrong: unknown."""

    good: str = field(default_factory=new_key)
    pose: str = field(default_factory=new_key)
    spent: str = field(default_factory=new_key)
    wrong: str = field(default_factory=new_key)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture(scope="session")
def keyed_server(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our server, which knows those keys, made as our own command makes them."""
    folder = tmp_path_factory.mktemp("keyed")
    entries = {keys.good: {}, keys.pose: {"models": ["shapes-pose"]}, keys.spent: {"quota": "0/hour"}}
    (folder / "keys.json").write_text(json.dumps({hashed(key): entry for key, entry in entries.items()}))
    with Server(folder, API_KEYS_FILE=str(folder / "keys.json")) as running:
        yield running
        log = running.log()
    assert not any(key in log for key in vars(keys).values())


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
