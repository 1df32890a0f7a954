"""The log of a real server in JSON, as Cloud Logging takes it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import httpx
import pytest

from handlers.access.keys import hashed
from handlers.keys import new_key
from model_cache.builtin import EXAMPLES
from tests.handlers.observe.lines import awaited, of_request, parsed
from tests.support.server import Server

PICTURE = (EXAMPLES / "shapes.jpg").read_bytes()
NAMED, UNNAMED = new_key(), new_key()
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"
GOOGLE = "logging.googleapis.com"


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("logged")
    keys = folder / "keys.json"
    keys.write_text(json.dumps({hashed(NAMED): {"name": "shop"}, hashed(UNNAMED): {}}))
    environment = {"K_SERVICE": "here", "API_KEYS_FILE": str(keys), "GOOGLE_CLOUD_PROJECT": "acme"}
    with Server(folder, **environment) as server:
        yield server


@pytest.fixture(scope="module")
def asking(logged: Server) -> Iterator[httpx.Client]:
    with logged.client() as client:
        yield client


def test_prediction(logged: Server, asking: httpx.Client) -> None:
    headers = {
        "x-api-key": NAMED,
        "X-Request-Id": "first",
        "X-Cloud-Trace-Context": f"{TRACE}/{int(SPAN, 16)};o=1",
        "X-Forwarded-For": "203.0.113.7",
        "User-Agent": "a test",
    }
    files = [("file", PICTURE), ("file", PICTURE)]
    answer = asking.post("/predict?signed=secret", files=files, data={"format": "json"}, headers=headers)
    assert answer.status_code == 200, answer.text
    line = of_request(logged.log(), "first")[-1]
    assert line["severity"] == "INFO"
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    assert line[f"{GOOGLE}/trace"] == f"projects/acme/traces/{TRACE}"
    assert (line[f"{GOOGLE}/spanId"], line[f"{GOOGLE}/trace_sampled"]) == (SPAN, True)
    http = line["httpRequest"]
    assert (http["requestMethod"], http["requestUrl"], http["status"]) == ("POST", "/predict", 200)
    assert (http["userAgent"], http["remoteIp"]) == ("a test", "203.0.113.7")
    assert int(http["requestSize"]) == int(answer.request.headers["content-length"]) == line["bytes_in"]
    assert int(http["responseSize"]) == len(answer.content) == line["bytes_out"]
    assert http["latency"].endswith("s")
    assert float(http["latency"][:-1]) * 1e3 == pytest.approx(line["phases_ms"]["total"], abs=0.01)
    assert (line["route"], line["dialect"]) == ("/predict", "UltralyticsPlatform")
    assert (line["model"], line["task"], line["key"]) == ("shapes-detect", "detect", "shop")
    assert (line["pictures"], line["frames"]) == (2, 2)
    phases = dict(line["phases_ms"])
    total = phases.pop("total")
    assert list(phases) == ["decode", "preprocess", "inference", "postprocess", "serialise"]
    assert sum(phases.values()) <= total


@pytest.mark.parametrize(
    ("traceparent", "sampled"), [(f"00-{TRACE}-{SPAN}-01", True), (f"00-{TRACE}-{SPAN}-00", False), ("00-1-2-3", None)]
)
def test_trace_of_the_w3c(traceparent: str, sampled: bool | None, logged: Server, asking: httpx.Client) -> None:
    answer = asking.get("/models", headers={"traceparent": traceparent, "x-api-key": UNNAMED})
    line = of_request(logged.log(), answer.headers["x-request-id"])[-1]
    assert line.get(f"{GOOGLE}/trace") == (None if sampled is None else f"projects/acme/traces/{TRACE}")
    assert line.get(f"{GOOGLE}/trace_sampled") == sampled
    assert line["key"] == hashed(UNNAMED).removeprefix("sha256:")[:8]


@pytest.mark.parametrize(
    ("method", "path", "key", "refused"),
    [
        ("POST", "/predict", "", (401, "/predict")),
        ("POST", "/predict", NAMED, (400, "/predict")),
        ("PUT", "/predict", NAMED, (405, "/predict")),
        ("POST", "/a/b/c/d/e", NAMED, (404, "")),
    ],
    ids=["no key", "no picture", "not allowed", "not found"],
)
def test_refusals_have_the_headers_and_a_line(
    method: str, path: str, key: str, refused: tuple[int, str], logged: Server
) -> None:
    with logged.client() as client:
        answer = client.request(method, path, headers={"x-api-key": key})
    assert answer.status_code == refused[0], answer.text
    assert answer.headers["server-timing"].startswith("total;dur=")
    found = of_request(logged.log(), answer.headers["x-request-id"])
    assert [(line["severity"], line["status"], line.get("route", "")) for line in found] == [("INFO", *refused)]


def test_health_checks_are_not_written_down(logged: Server, asking: httpx.Client) -> None:
    answer = asking.get("/health?load=1")
    assert of_request(logged.log(), answer.headers["x-request-id"]) == []


def test_client_that_went_away(logged: Server) -> None:
    with socket.create_connection(("127.0.0.1", logged.port)) as gone:
        head = f"POST /predict HTTP/1.1\r\nHost: here\r\nx-api-key: {NAMED}\r\nX-Request-Id: gone\r\n"
        gone.sendall(f"{head}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n".encode())
        assert gone.recv(1024).startswith(b"HTTP/1.1 100 ")  # from now on the body is waited for
        gone.sendall(b"half")
    line = awaited(logged, lambda line: line.get("request_id") == "gone")
    assert (line["status"], line["severity"], line["bytes_in"]) == (499, "INFO", 4)


def test_client_that_went_away_within_the_answer(logged: Server, asking: httpx.Client) -> None:
    headers = {"x-api-key": NAMED, "X-Request-Id": "half", "Accept": "application/x-ndjson"}
    with asking.stream("POST", "/predict", files=[("file", PICTURE)] * 64, headers=headers) as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        next(answer.iter_lines())
    line = awaited(logged, lambda line: line.get("request_id") == "half")
    assert line["status"] == 499
    assert 0 < line["frames"] < 64


@pytest.mark.parametrize("character", ["\r", "\x1b", "\x85", "\u2028", '"', " "])
def test_path_cannot_break_its_line(character: str, logged: Server, asking: httpx.Client) -> None:
    answer = asking.get(f"/a{quote(character)}INFO%20forged", headers={"x-api-key": NAMED})
    line = of_request(logged.log(), answer.headers["x-request-id"])[-1]
    assert line["httpRequest"]["requestUrl"].endswith("INFO%20forged")
    assert len(line["message"].split(" ")) == 6


def test_what_else_is_logged(logged: Server, asking: httpx.Client) -> None:
    assert asking.get("/health?load=1").status_code == 200
    said = [line for line in parsed(logged.log()) if line["logger"] == "model_cache.cache"]
    assert said[0]["message"].startswith('The model "shapes-detect" was loaded in ')
    assert said[0]["severity"] == "INFO"
