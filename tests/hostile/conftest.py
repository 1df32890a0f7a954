"""One server with the built-in weights that all hostile requests are sent to."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.hostile.guard import PATIENCE_S, Guard
from tests.support.server import Server


@pytest.fixture(scope="session")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("hostile"), CONCURRENCY="2") as running:
        yield running


@pytest.fixture(scope="session")
def guard(hostile_server: Server) -> Iterator[Guard]:
    timeout = httpx.Timeout(PATIENCE_S, connect=30, write=30)
    with httpx.Client(base_url=hostile_server.url, timeout=timeout, trust_env=False) as client:
        watching = Guard(hostile_server, client)
        assert client.get("/health", params={"load": "1"}, timeout=30).status_code == 200
        watching.ordinary()
        yield watching
