"""Pictures that HUB's clients name by their address; our server may fetch from one host of the test's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.cases import expected_rows
from tests.support.server import Server


@pytest.mark.parametrize("body", ["data", "json", "params"])
@pytest.mark.parametrize("path", ["/v1/predict/shapes-detect", "/"])
def test_older_form(fetching_server: Server, examples_url: str, path: str, body: str) -> None:
    fields = {"url": f"{examples_url}/crowd.jpg", "confidence": "0.6"}
    sent: dict[str, Any] = {body: fields}
    with fetching_server.client() as client:
        answer = client.request("POST", path, **sent)
    assert answer.json()["data"] == expected_rows("crowd.jpg", conf=0.6, iou=0.45)


@pytest.mark.parametrize("name", ["source", "file"])
def test_newer_form(fetching_server: Server, examples_url: str, name: str) -> None:
    fields = {name: f"{examples_url}/crowd.jpg", "conf": "0.6"}
    with fetching_server.client() as client:
        answer = client.post("/v1/predict/shapes-detect", data=fields)
        in_parts = client.post("/v1/predict/shapes-detect", files={key: (None, text) for key, text in fields.items()})
    rows = expected_rows("crowd.jpg", conf=0.6, iou=0.45)
    assert answer.json()["images"][0]["results"] == in_parts.json()["images"][0]["results"] == rows


def test_address_that_has_nothing(fetching_server: Server, examples_url: str) -> None:
    with fetching_server.client() as client:
        answer = client.post("/v1/predict/shapes-detect", data={"url": f"{examples_url}/nothing.jpg"})
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": answer.json()["message"], "data": {}}
