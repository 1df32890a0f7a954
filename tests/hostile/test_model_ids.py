"""Names of models that lead elsewhere, wherever a dialect takes one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.hostile.case import HOSTED, HUB, INFERENCE, PICTURE, PLATFORM, Case, Dialect, inference, names
from tests.hostile.guard import Guard

IDS = {
    "traversal": "../../etc/passwd",
    "traversal inside": "a/../shapes-detect",
    "traversal doubled": "....//....//etc/passwd",
    "traversal backwards": "..\\..\\windows",
    "absolute": "/etc/passwd",
    "home": "~/models",
    "percent": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "percent twice": "%252e%252e%252fetc",
    "overlong": "..%c0%af..%c0%afetc",
    "fullwidth": "\uff0e\uff0e\uff0fetc",
    "unicode": "\u0448\u0430\u0431\u043b\u043e\u043d",
    "look-alike": "shapes\u2010detect",
    "direction": "\u202egnp.tceted",
    "nul": "shapes-detect\0.onnx",
    "newline": "shapes-detect\r\nX-Injected: yes",
    "space": " shapes-detect",
    "dot": ".",
    "hidden": ".env",
    "long": "a" * 10_000,
    "deep": "a/" * 3000,
    "by name": "yolo11n.pt",
    "by name, exported": "yolo26n.onnx",
    "url": "https://ultralytics.com/assets/yolo11n.pt",
    "bucket": "gs://bucket/model",
    "file": "file:///etc/passwd",
    "format": "{0.__class__}%s%n",
    "markup": "<script>alert(1)</script>",
    "query": "' OR 1=1; --",
    "wildcard": "*",
    "index": "models.json",
    "broken address": "http://[",
    "broken network path": "//[",
    "address in another script": "http://\u2100.com/x",
}


def in_path(prefix: str, name: str, suffix: str = "") -> str:
    return f"{prefix}{quote(name, safe='')}{suffix}"


def asked(name: str, id_: str) -> list[Case]:
    """In the path, in a field, and in JSON. A path may have no such route at all: any 4xx will do."""
    picture = {"files": {"file": PICTURE}}
    refused = (400, 404, 405, 422)
    hosted = {"url": in_path("/", id_, "/1"), "content": PICTURE}
    error: list[tuple[str, Dialect, dict[str, Any]]] = [
        ("platform", PLATFORM, {"url": in_path("/api/models/", id_, "/predict"), **picture}),
        ("deployment", PLATFORM, {"url": in_path("/api/deployments/", id_, "/predict"), **picture}),
        ("hub field", HUB, {"url": "/", "files": {"file": PICTURE}, "data": {"model": id_}}),
        ("hosted", HOSTED, hosted),
        ("inference", INFERENCE, inference({"type": "url", "value": "https://a.example/"}, model_id=id_)),
    ]
    return [Case(f"{name}, {where}", refused, request, dialect) for where, dialect, request in error]


# A path of several parts is another route, of another dialect, or none.
_IN_FIELDS_ONLY = ("/", "\r", ".env")
CASES = [
    case
    for name, id_ in IDS.items()
    for case in asked(name, id_)
    if case.name.endswith(("field", "inference")) or not (id_ == "." or any(part in id_ for part in _IN_FIELDS_ONLY))
]


@pytest.mark.parametrize(**names(CASES))
def test_model_id(case: Case, guard: Guard) -> None:
    response = guard.ask(case)
    assert "x-injected" not in response.headers


def test_a_path_that_is_not_ours_is_not_found(guard: Guard) -> None:
    for path in ("/a/b/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.git/x/config", "/a/b/c/../main.py"):
        response = guard.client.get(path)
        assert response.status_code in (400, 404), path
        assert "root:" not in response.text
    # This one our routes never see: the host's own take no end of a line.
    assert guard.client.post("/api/models/a%0D%0AX-Injected: yes/predict").status_code == 404
    guard.ordinary()
