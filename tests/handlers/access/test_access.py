"""Who is let in, asked of real servers."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from handlers.access.keys import hashed
from handlers.keys import new_key
from model_cache.builtin import EXAMPLES
from tests.support.server import Server

KEY, OTHER = new_key(), new_key()
FILES = {"file": (EXAMPLES / "one.jpg").read_bytes()}
PATIENCE = 30.0  # seconds; nothing here should need them


def predict(client: httpx.Client, key: str | None = None, forwarded: str | None = None) -> httpx.Response:
    headers = ({"x-api-key": key} if key else {}) | ({"x-forwarded-for": forwarded} if forwarded else {})
    return client.post("/predict", files=FILES, headers=headers)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("keyed"), API_KEYS=f"{KEY},{hashed(OTHER)}") as server:
        yield server


@pytest.fixture
def client(keyed: Server) -> Iterator[httpx.Client]:
    with keyed.client() as client:
        yield client


def test_a_key_and_the_hash_of_one(client: httpx.Client) -> None:
    assert predict(client, KEY).status_code == predict(client, OTHER).status_code == 200
    assert predict(client).status_code == predict(client, hashed(OTHER)).status_code == 401


WRONG = "x-api-key: wrong\r\nAuthorization: Bearer wrong\r\n"
PATHS = ("/predict", "/v1/predict/nobody", "/shapes-detect/1", "/")


@pytest.mark.parametrize(
    ("path", "key"),
    # Of Roboflow's JSON routes the key may be in the body: where none is in the head, they wait for that.
    [("/infer/object_detection", WRONG), *((path, key) for path in PATHS for key in (WRONG, ""))],
)
def test_refused_before_the_body_is_there(keyed: Server, path: str, key: str) -> None:
    """Of 10 MB that are announced no byte is sent."""
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 10000000\r\n{key}\r\n"
    with socket.create_connection(("127.0.0.1", keyed.port), timeout=PATIENCE) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_open_to_all(client: httpx.Client) -> None:
    assert client.get("/").json()["name"] == "yolo-endpoint"
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options("/predict", headers=asked | {"Access-Control-Request-Headers": "authorization"})
    assert preflight.status_code == 200
    refused = client.post("/predict", headers={"Origin": "https://shop.example"})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "*"


def test_health_names_no_model(client: httpx.Client) -> None:
    state = client.get("/health", params={"load": "1"}).json()
    assert state.pop("secondsAlive") >= 0
    assert state.pop("version")
    assert state == {"status": "ok", "loaded": True}


def test_strangers_are_not_counted(tmp_path: Path) -> None:
    with Server(tmp_path, API_KEYS=KEY) as server, server.client() as client:
        for key in (None, "wrong", KEY):
            predict(client, key)
        path = "/api/deployments/acme/shapes-detect/metrics"
        counted = client.get(path, headers={"x-api-key": KEY})
    assert counted.json()["summary"]["totalRequests"] == 1
    assert KEY not in counted.text


def test_anonymous_beside_keys(tmp_path: Path) -> None:
    with Server(tmp_path, API_KEYS=KEY, ALLOW_ANONYMOUS="true") as server, server.client() as client:
        assert predict(client).status_code == predict(client, KEY).status_code == 200
        assert predict(client, "wrong").status_code == 401


def test_without_keys_any_is_good(tmp_path: Path) -> None:
    with Server(tmp_path, K_SERVICE="here", ALLOW_ANONYMOUS="true") as server, server.client() as client:
        assert predict(client, "whichever").status_code == 200


def test_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({KEY: {"models": ["shapes-pose"]}}))
    with Server(tmp_path, API_KEYS_FILE=str(path), API_KEYS=OTHER) as server, server.client() as client:
        assert predict(client, KEY).status_code == 403
        assert predict(client, OTHER).status_code == 200
        path.write_text(json.dumps({KEY: {}}))
        while predict(client, KEY).status_code == 403:
            time.sleep(0.05)  # it is looked at once a second
        assert predict(client, KEY).status_code == 200
        path.write_text("{")
        while "stay as they were" not in server.log():
            assert predict(client, KEY).status_code == 200
            time.sleep(0.05)
        path.write_text("{}")
        while predict(client, KEY).status_code == 200:
            time.sleep(0.05)
        assert predict(client, KEY).status_code == 401
        assert predict(client, OTHER).status_code == 200
        assert KEY not in server.log()


def test_too_many_wrong_keys(tmp_path: Path) -> None:
    """From then on a good key counts only from an address where it was good before."""
    with Server(tmp_path, API_KEYS=f"{KEY},{OTHER}", TRUSTED_PROXIES="1") as server, server.client() as client:
        assert predict(client, KEY, "203.0.113.1").status_code == 200
        # What stands further left is the client's own invention.
        answers = [predict(client, f"wrong-{i}", f"198.51.100.{i}, 203.0.113.1") for i in range(21)]
        assert [answer.status_code for answer in answers] == [401] * 20 + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert predict(client, OTHER, "203.0.113.1").status_code == 429
        assert predict(client, KEY, "203.0.113.1").status_code == 200
        assert predict(client, OTHER, "203.0.113.2").status_code == 200
        assert predict(client, None, "203.0.113.1").status_code == 401


def test_forwarded_addresses_are_not_believed(tmp_path: Path) -> None:
    """Without a proxy of ours, whatever the server's own handling of them."""
    with Server(tmp_path, API_KEYS=KEY) as server, server.client() as client:
        answers = [predict(client, "wrong", f"203.0.113.{i}") for i in range(21)]
        assert [answer.status_code for answer in answers] == [401] * 20 + [429]
