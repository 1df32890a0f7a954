"""Several image URLs in one request: together they may be as large, and take as long, as a body."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Event

import httpx
import pytest

from tests.handlers.fetch.site import Site, answer
from tests.hostile.case import PICTURE
from tests.support.server import Server

LARGE = PICTURE + bytes(400_000)  # what follows a JPEG's end is not looked at


def late(connection: socket.socket, closing: Event) -> None:
    closing.wait(0.8)
    connection.sendall(answer(PICTURE))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site({"/large": answer(LARGE), "/late": late}) as running:
        yield running


@pytest.fixture(scope="module")
def client(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    limits = {"MAX_BODY_MB": "1", "BODY_TIMEOUT_S": "2", "URL_ALLOW": f"127.0.0.1:{site.port}"}
    with Server(tmp_path_factory.mktemp("urls"), **limits) as server, server.client() as running:
        assert running.get("/health", params={"load": "1"}).status_code == 200
        yield running


def ask(client: httpx.Client, url: str, count: int) -> httpx.Response:
    return client.post("/predict", json={"source": [url] * count})


@pytest.mark.parametrize(("path", "status"), [("/large", 413), ("/late", 400)])
def test_two_are_fetched_and_a_third_is_too_much(path: str, status: int, site: Site, client: httpx.Client) -> None:
    assert len(ask(client, site.url + path, 2).json()["images"]) == 2
    refused = ask(client, site.url + path, 3)
    assert refused.status_code == status
    assert set(refused.json()) == {"error"}
    assert len(ask(client, site.url + path, 1).json()["images"]) == 1
