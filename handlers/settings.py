"""The environment variables of variables.py, read once into one frozen Settings.

An unknown value stops the start with a sentence that names the variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from handlers.sisters import Sister
from handlers.variables import VARIABLES, Address
from model_cache.builtin import WEIGHTS
from model_cache.execution import Execution
from model_cache.processors import processors

__all__ = ["VARIABLES", "InvalidSetting", "Settings", "read_settings"]

_MEGA = 1_000_000


class InvalidSetting(ValueError):
    """A variable's value cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Settings:
    port: int
    model_store: str
    default_model: str | None
    api_keys: frozenset[bytes] = field(repr=False)
    api_keys_file: Path | None
    allow_anonymous: bool
    quota: str | None
    quota_store: str = field(repr=False)
    trusted_proxies: int
    url_input: bool
    url_allow: frozenset[Address]
    max_body_mb: float
    max_image_mp: float
    max_url_mb: float
    url_timeout_s: float
    max_video_frames: int
    body_timeout_s: float
    concurrency: int
    threads: int | None
    engine: str
    precision: str
    batch: int | None
    batch_wait_ms: float
    queue: int
    cache_dir: Path
    cache_mb: float
    store_poll_s: float
    log_format: str
    sister_urls: tuple[Sister, ...]
    source_url: str | None

    @property
    def execution(self) -> Execution:
        return Execution(
            threads=self.threads,
            calls=min(self.concurrency, processors()),
            openvino=self.engine == "openvino",
            half=self.precision == "half",
            batch=self.batch,
            patience_s=self.batch_wait_ms / 1e3,
        )

    @property
    def max_body(self) -> int:
        return int(self.max_body_mb * _MEGA)

    @property
    def max_url(self) -> int:
        return int(self.max_url_mb * _MEGA)

    @property
    def cache_bytes(self) -> int:
        return int(self.cache_mb * _MEGA)

    @property
    def max_pixels(self) -> int:
        return int(self.max_image_mp * _MEGA)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment; raises InvalidSetting."""
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        text = environment.get(variable.name, "").strip()
        try:
            values[variable.name.lower()] = variable.parse(text) if text else variable.default
        except ValueError as error:
            shown = variable.name if variable.secret else f"{variable.name}={text!r}"
            raise InvalidSetting(f"{shown} cannot be used: it must be {_wanted(error)}.") from None
    if values["default_model"] is None and values["model_store"] == str(WEIGHTS):
        values["default_model"] = "shapes-detect"
    if values["concurrency"] is None:
        # A batch gathers while another is predicted.
        values["concurrency"] = max(processors(), 2 * values["batch"] if (values["batch"] or 1) > 1 else 1)
    hosted = bool(environment.get("K_SERVICE") or environment.get("AWS_LAMBDA_FUNCTION_NAME"))
    if values["allow_anonymous"] is None:
        values["allow_anonymous"] = not (hosted or values["api_keys"] or values["api_keys_file"])
    if values["trusted_proxies"] is None:
        values["trusted_proxies"] = int(hosted)
    if values["log_format"] is None:
        values["log_format"] = "json" if hosted else "text"
    return Settings(**{one.name: values[one.name] for one in fields(Settings)})


def _wanted(error: ValueError) -> str:
    text = str(error)
    return "a number" if "convert" in text or "invalid literal" in text else text
