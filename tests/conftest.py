"""One real server with the built-in weights, shared by all tests that only ask it; and buckets."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import settings

from tests.support.buckets import bucket, emulator, s3_bucket
from tests.support.server import Server

__all__ = ["bucket", "client", "emulator", "s3_bucket", "server"]

# The same examples every time, however slow the machine: what fails for one fails for all.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client
