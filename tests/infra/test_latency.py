"""infra/endpoint latency: distances as measured, nearest first, and regions that do not answer."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.infra.conftest import Ask
from tests.support.loopback import QuietHandler, running

FAR, NEAR, SILENT = "us-west1", "europe-west1", "asia-east1"


class _Region(QuietHandler):
    """/REGION: one is slow, one never answers."""

    protocol_version = "HTTP/1.1"
    closing = threading.Event()
    connections: ClassVar[list[int]] = []

    def setup(self) -> None:
        super().setup()
        self.connections.append(self.client_address[1])

    def do_GET(self) -> None:
        if SILENT in self.path:
            self.closing.wait(20)
        if FAR in self.path:
            time.sleep(0.05)  # the distance
        self.send_response(401)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"no")


@pytest.fixture
def world() -> Iterator[str]:
    _Region.closing.clear()
    _Region.connections.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Region)
    server.daemon_threads = True
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}/{{region}}"
        _Region.closing.set()


def test_nearest_first_and_the_silent_last(world: str, ask: Ask) -> None:
    where = [word for region in (SILENT, FAR, NEAR) for word in ("--region", region)]
    status, out, _ = ask("latency", *where, "--pattern", world, "--timeout", "0.5", "--tries", "3", "--json")
    rows = json.loads(out)
    assert status == 3
    assert [row["region"] for row in rows] == [NEAR, FAR, SILENT]
    assert rows[1]["min"] >= 50
    assert rows[1]["city"] == "Oregon"
    assert rows[1]["min"] <= rows[1]["ms"] <= rows[1]["max"]
    assert rows[2]["error"] == "timed out"
    assert len(_Region.connections) == 3  # one a region, kept: no handshake is timed


def test_all_regions_of_a_tier(world: str, ask: Ask) -> None:
    status, out, err = ask("latency", "--tier", "1", "--pattern", world, "--timeout", "0.2", "--tries", "1")
    assert status == 3  # the silent one
    assert len(out.splitlines()) == 1 + 20
    assert err == ""


@pytest.mark.parametrize("pattern", ["https://example.com/", "ftp://{region}.example.com/", "{region}"])
def test_pattern_must_name_the_region(pattern: str, ask: Ask) -> None:
    status, _, err = ask("latency", "--pattern", pattern)
    assert (status, err) == (2, "endpoint latency: --pattern is an http(s) address with {region} in it.\n")
