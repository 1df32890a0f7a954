"""Answers of other media types, of keys and of faults: each as the description says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from handlers.openapi.document import build
from tests.openapi.answers import check, validate
from tests.openapi.requests import Example, examples
from tests.support.server import Server

KEY = "sesame"
SENT = [*examples(build("shapes-detect", anonymous=True))]
LOCKED = [*examples(build("my-model", anonymous=False))]


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with Server(tmp_path_factory.mktemp("keyed"), API_KEYS=KEY) as server, server.client() as client:
        yield client


def answers(example: Example, media: str) -> bool:
    return media in example.operation["responses"]["200"]["content"]


@pytest.mark.parametrize("example", [one for one in SENT if answers(one, "video/mp4")], ids=str)
def test_annotated_picture_is_described(example: Example, document: dict[str, Any], client: httpx.Client) -> None:
    answered = example.send(client, query={"format": "image"})
    assert answered.headers["content-type"] == "image/jpeg", answered.text
    check(document, example.operation, answered)


@pytest.mark.parametrize("example", [one for one in SENT if answers(one, "application/x-ndjson")], ids=str)
def test_lines_are_described(example: Example, document: dict[str, Any], client: httpx.Client) -> None:
    answered = example.send(client, headers={"accept": "application/x-ndjson"})
    check(document, example.operation, answered)
    schema = example.operation["responses"]["200"]["content"]["application/x-ndjson"]["schema"]["contentSchema"]
    for line in answered.content.splitlines():
        validate(document, schema, orjson.loads(line))


@pytest.mark.parametrize("example", LOCKED, ids=str)
def test_key_is_asked_for_where_it_is_said_to_be(example: Example, keyed: httpx.Client) -> None:
    document = keyed.get("/openapi.json").json()
    answered = example.send(keyed)
    if example.operation["security"] == []:
        assert answered.status_code in (200, 304)
        return
    assert answered.status_code == 401
    check(document, example.operation, answered)
    for place in example.operation["security"]:
        (name,) = place
        scheme = document["components"]["securitySchemes"][name]
        headers = {"authorization": f"Bearer {KEY}"} if scheme["type"] == "http" else {scheme["name"]: KEY}
        where = {"query": headers} if scheme.get("in") == "query" else {"headers": headers}
        answered = example.send(keyed, **where)
        assert answered.status_code != 401, answered.text
        check(document, example.operation, answered)


@pytest.mark.parametrize("example", [one for one in SENT if one.media], ids=str)
def test_fault_is_described(example: Example, document: dict[str, Any], client: httpx.Client) -> None:
    """A body that is cut off, and one that is empty."""
    for body in (b'{"model_id": ', b""):
        answered = client.request(
            example.method,
            example.template.format(**example.path),
            params=example.query | {"confidence": "none"},
            content=body,
            headers={"content-type": str(example.media).replace("*", "jpeg")},
        )
        assert answered.status_code < 500
        check(document, example.operation, answered)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/health", "GET"), ("/predict", "POST"), ("/model/registry", "GET"), ("/models", "GET"), ("/v1/auth", "POST")],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_are_refused(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    answered = client.request(method, path)
    assert (answered.status_code, answered.headers["allow"]) == (405, allowed)
    assert f"{method} is not allowed here" in answered.text
