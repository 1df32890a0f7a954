"""What drills ask, what the right answer is, and many callers at once.

The right answer to a question is what a quiet server says when it is asked alone.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Any, TypeVar

import httpx
import numpy as np
from PIL import Image
from tqdm import tqdm

from model_cache.builtin import EXAMPLES
from tests.support.server import Server

T = TypeVar("T")
R = TypeVar("R")
PATIENCE = 60.0  # seconds that a caller waits for an answer
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP")


@dataclass(frozen=True)
class Question:
    """A picture for a path, and the form's other fields."""

    picture: bytes
    path: str = "/predict"
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Said:
    """What came back: a status (0: nothing whole), what of it never varies, and the seconds it took."""

    status: int
    core: Any
    seconds: float
    retry_after: str | None = None


@cache
def example(name: str = "shapes.jpg", kind: str = "JPEG") -> bytes:
    """One of the example pictures in a format."""
    if kind == "JPEG":
        return (EXAMPLES / name).read_bytes()
    file = io.BytesIO()
    Image.open(EXAMPLES / name).save(file, kind)
    return file.getvalue()


def open_client(server: Server, callers: int) -> httpx.Client:
    """A client that as many threads may share."""
    limits = httpx.Limits(max_connections=callers, max_keepalive_connections=callers)
    return httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False, limits=limits)


def on_the_wire(client: httpx.Client, picture: bytes, headers: dict[str, str] | None = None) -> bytes:
    """A whole request, for callers that send it by hand."""
    request = client.build_request("POST", "/predict", files={"file": picture}, headers=headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST /predict HTTP/1.1\r\n{head}\r\n".encode() + request.read()


def ask(client: httpx.Client, question: Question) -> Said:
    began = perf_counter()
    try:
        answered = client.post(question.path, files={"file": question.picture}, data=dict(question.fields))
    except httpx.HTTPError:
        return Said(0, None, perf_counter() - began)
    seconds = perf_counter() - began
    return Said(answered.status_code, core(answered), seconds, answered.headers.get("retry-after"))


def core(answered: httpx.Response) -> Any:
    """Of a prediction all but the times; of any other answer its text."""
    try:
        content = answered.json()
    except ValueError:
        return answered.content
    if not isinstance(content, dict) or "images" not in content:
        return json.dumps(content, sort_keys=True)
    about = content["metadata"]
    return (
        [(image["shape"], image["results"]) for image in content["images"]],
        (about["model"], about["task"], about["classNames"]),
    )


def truths(client: httpx.Client, questions: Iterable[Question]) -> dict[Question, Any]:
    """The right answers; nobody else may be asking."""
    found = {}
    for question in questions:
        said = ask(client, question)
        assert said.status == 200, said
        found[question] = said.core
    return found


def crowd(callers: int, each: Callable[[T], R], work: Sequence[T], name: str) -> list[R]:
    """What `each` makes of every item, by so many callers at once, in the items' order; a bar shows how far it is."""
    with ThreadPoolExecutor(callers) as pool:
        return list(tqdm(pool.map(each, work), name, len(work), disable=None, leave=False))


def shuffled(items: Sequence[T], count: int, seed: int = 1) -> list[T]:
    """So many of the items, each about as often, in a random order that is always the same."""
    repeated = [items[i % len(items)] for i in range(count)]
    random.Random(seed).shuffle(repeated)  # noqa: S311  nothing secret
    return repeated


def milliseconds(seconds: Sequence[float], percent: float) -> float:
    return round(float(np.percentile(seconds, percent)) * 1000, 1)
