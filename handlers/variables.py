"""The environment variables, in one table: how each is read, and what it is without."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from handlers.access.keys import read_keys
from handlers.quota import read_quota, read_store
from handlers.sisters import read_sisters
from model_cache.builtin import WEIGHTS

T = TypeVar("T", int, float)
Address = tuple[str, int]


def _number(kind: Callable[[str], T], low: float, high: float) -> Callable[[str], T]:
    def parse(text: str) -> T:
        value = kind(text)
        if not low <= value <= high:
            raise ValueError(f"from {low:g} to {high:g}")
        return value

    return parse


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "1", "yes", "false", "0", "no"):
        raise ValueError("true or false")
    return text.lower() in ("true", "1", "yes")


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(" or ".join(choices))
        return text.lower()

    return parse


def _engine(text: str) -> str:
    engine = _one_of("onnxruntime", "openvino")(text)
    if find_spec(engine) is None:
        raise ValueError("an engine that is installed (requirements-openvino.txt)")
    return engine


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"'<>]+", text):
        raise ValueError("an address that begins with https:// or http://")
    return text


def _addresses(text: str) -> frozenset[Address]:
    found = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        host, _, port = part.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("host:port, several separated by commas")
        found.add((host.strip("[]").lower(), int(port)))
    return frozenset(found)


@dataclass(frozen=True)
class Variable:
    """One row of the table. `shown` is the default as the documentation writes it; what is secret is never repeated."""

    name: str
    parse: Callable[[str], Any]
    default: Any
    shown: str
    meaning: str
    secret: bool = False


VARIABLES = (
    Variable("PORT", _number(int, 1, 65535), 8080, "8080", "where the server listens"),
    Variable(
        "MODEL_STORE",
        str,
        str(WEIGHTS),
        "the built-in weights",
        "folder of models: a path, `gs://bucket/prefix` or `s3://bucket/prefix`",
    ),
    Variable(
        "DEFAULT_MODEL",
        str,
        None,
        "the store's only model; of the built-in weights, the detector",
        "answers routes that name no model",
    ),
    Variable("API_KEYS", read_keys, frozenset(), "none", "keys, or `sha256:HEX` of them, between commas", secret=True),
    Variable("API_KEYS_FILE", Path, None, "none", "JSON, reread when it changes: key or hash -> name, quota, models"),
    Variable(
        "ALLOW_ANONYMOUS",
        _flag,
        None,
        "true without keys on a machine of one's own, false with keys, on Cloud Run and on Lambda",
        "whether requests without a key are answered; a wrong key is refused all the same",
    ),
    Variable(
        "QUOTA", read_quota, None, "none", "`100/hour;1000/month`: predictions of a key, or of an address without"
    ),
    Variable(
        "QUOTA_STORE",
        read_store,
        "memory://",
        "`memory://`",
        "where they are counted: each instance for itself, or all in `redis://...`",
        secret=True,
    ),
    Variable(
        "TRUSTED_PROXIES",
        _number(int, 0, 10),
        None,
        "1 on Cloud Run and on Lambda, else 0",
        "proxies in front: the client is the so manieth last address in X-Forwarded-For",
    ),
    Variable("URL_INPUT", _flag, True, "true", "whether image URLs are fetched"),
    Variable("URL_ALLOW", _addresses, frozenset(), "none", "`host:port,...` that may be fetched though not public"),
    Variable("MAX_BODY_MB", _number(float, 0.001, 10_000), 100.0, "100", "largest request; beyond it 413"),
    Variable("MAX_IMAGE_MP", _number(float, 0.001, 700), 50.0, "50", "largest picture, in million pixels"),
    Variable("MAX_URL_MB", _number(float, 0.001, 10_000), 20.0, "20", "largest picture fetched by URL"),
    Variable("URL_TIMEOUT_S", _number(float, 0.1, 300), 5.0, "5", "seconds to fetch a picture, all told"),
    Variable("MAX_VIDEO_FRAMES", _number(int, 1, 10_000_000), 1000, "1000", "frames answered of one video"),
    Variable(
        "BODY_TIMEOUT_S",
        _number(float, 0.1, 3600),
        30.0,
        "30",
        "seconds for a request's head to arrive, then 400; for its body, then 408; to read 64 KB of a long answer",
    ),
    Variable(
        "CONCURRENCY",
        _number(int, 1, 1024),
        None,
        "processors; with `BATCH` set above 1 at least twice that",
        "predictions at once; on a GPU set it to 16, twice its batch, or few are predicted together",
    ),
    Variable(
        "THREADS",
        _number(int, 1, 1024),
        None,
        "processors, at most 4; 1 for OpenVINO and `.pt`",
        "threads that work on one prediction",
    ),
    Variable(
        "ENGINE",
        _engine,
        "onnxruntime",
        "onnxruntime",
        "runs `.onnx` files; `openvino`, where installed, takes over from onnxruntime after the first answer",
    ),
    Variable(
        "PRECISION",
        _one_of("full", "half"),
        "full",
        "full",
        "`half`: 16-bit floats on a GPU, in openvino and for `.pt` files; faster, and other last digits",
    ),
    Variable("BATCH", _number(int, 1, 64), None, "8 on a GPU, else 1", "waiting pictures that are predicted together"),
    Variable("BATCH_WAIT_MS", _number(float, 0, 1000), 2.0, "2", "how long a picture may wait for others"),
    Variable("QUEUE", _number(int, 0, 100_000), 64, "64", "requests that may wait for one; beyond: 429"),
    Variable(
        "CACHE_DIR",
        Path,
        Path(tempfile.gettempdir()) / "yolo-endpoint",
        "a folder under the temporary one",
        "weights on disk",
    ),
    Variable("CACHE_MB", _number(float, 1, 1_000_000), 2048.0, "2048", "loaded models in memory, by bytes"),
    Variable("STORE_POLL_S", _number(float, 0.01, 86_400), 60.0, "60", "how soon a replaced model is noticed"),
    Variable(
        "LOG_FORMAT",
        _one_of("json", "text"),
        None,
        "json on Cloud Run and on Lambda, else text",
        "the log's lines: JSON in Cloud Logging's fields, or text for a person",
    ),
    Variable(
        "SISTER_URLS", read_sisters, (), "none", "`region=https://...,...`: the page measures how far each region is"
    ),
    Variable("SOURCE_URL", _web_address, None, "none", "where a changed version's source is; the page links to it"),
)
