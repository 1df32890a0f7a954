"""The description's examples -> the requests that they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from model_cache.builtin import EXAMPLES

PICTURE = (EXAMPLES / "shapes.jpg").read_bytes()
_FILE = "@picture.jpg"


@dataclass(frozen=True)
class Example:
    """One request of one operation. value: of its body; path: of the parameters."""

    method: str
    template: str
    path: dict[str, str]
    query: dict[str, str]
    operation: dict[str, Any]
    media: str | None = None
    value: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.template} {self.media or ''}".strip()

    def send(
        self,
        client: httpx.Client,
        path: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """path, query: parameters that are others than the example's, or more."""
        body: dict[str, Any] = {}
        headers = dict(headers or {})
        if self.media == "multipart/form-data":
            body["files"] = [(name, _part(value)) for name, value in self.value.items()]
        elif self.media == "application/x-www-form-urlencoded":
            body["data"] = self.value
        elif self.media == "application/json":
            body["json"] = self.value
        elif self.media:
            body["content"] = PICTURE if self.value == _FILE else self.value
            headers["content-type"] = self.media.replace("*", "jpeg")
        address = self.template.format(**self.path | (path or {}))
        return client.request(self.method, address, params=self.query | (query or {}), headers=headers, **body)


def examples(document: dict[str, Any]) -> Iterator[Example]:
    """All of them, and of an operation without a body the one that its parameters are."""
    for template, item in document["paths"].items():
        for method, operation in item.items():
            known = [one for one in operation.get("parameters", []) if "example" in one]
            path, query = (
                {one["name"]: one["example"] for one in known if one["in"] == at} for at in ("path", "query")
            )
            asked = method.upper(), template, path, query, operation
            contents = operation.get("requestBody", {"content": {}})["content"]
            for media, content in contents.items():
                for example in content["examples"].values():
                    yield Example(*asked, media, example["value"])
            if not contents:
                yield Example(*asked)


def _part(value: Any) -> tuple[str | None, Any]:
    return ("picture.jpg", PICTURE) if value == _FILE else (None, str(value))
