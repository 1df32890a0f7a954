"""A hostile or odd request, and what may come of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from model_cache.builtin import EXAMPLES

KEY = "a-key-that-no-answer-may-hold"
PICTURE = (EXAMPLES / "one.jpg").read_bytes()


@dataclass(frozen=True)
class Dialect:
    """path: of a prediction; errors: the keys of its error bodies."""

    path: str
    errors: tuple[frozenset[str], ...]

    def __str__(self) -> str:
        return self.path


PLATFORM = Dialect("/predict", (frozenset({"error"}),))
HUB = Dialect("/v1/predict/shapes-detect", (frozenset({"success", "message", "data"}),))
HOSTED = Dialect("/shapes-detect/1", (frozenset({"message"}), frozenset({"detail"})))
INFERENCE = Dialect("/infer/object_detection", HOSTED.errors)


@dataclass(frozen=True)
class Case:
    """name: for the test's report; expected: the statuses that may come; dialect: whose error body it has.

    request: arguments of httpx's `request`, or what makes them where they are large; `method` (POST) and `url`
    (the dialect's path) may be left out.
    shape: height and width that the answer must state.
    """

    name: str
    expected: int | tuple[int, ...]
    request: dict[str, Any] | Callable[[], dict[str, Any]] = field(repr=False)
    dialect: Dialect = PLATFORM
    shape: tuple[int, int] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def statuses(self) -> tuple[int, ...]:
        return (self.expected,) if isinstance(self.expected, int) else self.expected

    def ask(self, client: httpx.Client) -> httpx.Response:
        arguments = dict(self.request() if callable(self.request) else self.request)
        method, url = arguments.pop("method", "POST"), arguments.pop("url", self.dialect.path)
        headers = {"Authorization": f"Bearer {KEY}", **arguments.pop("headers", {})}
        return client.request(method, url, headers=headers, **arguments)


def sent(name: str, expected: int | tuple[int, ...], data: bytes, shape: tuple[int, int] | None = None) -> Case:
    """A file, as it is, to Platform's route."""
    return Case(name, expected, {"files": {"file": data}}, shape=shape)


def names(cases: Iterable[Case]) -> dict[str, Any]:
    """Arguments of pytest's parametrize for a table of cases, whose names must differ."""
    cases = list(cases)
    assert len({case.name for case in cases}) == len(cases)
    return {"argnames": "case", "argvalues": cases, "ids": str}


def inference(image: Any, **fields: Any) -> dict[str, Any]:
    """The body of Roboflow's JSON routes."""
    return {"content": json.dumps({"model_id": "shapes-detect", "image": image, **fields})}
