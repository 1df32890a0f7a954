"""The trace that a request belongs to, as the proxies before us say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CLOUD = re.compile(r"([0-9a-fA-F]{32})(?:/(\d{1,20}))?(?:;o=(\d))?")
_W3C = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class Trace:
    """trace: 32 hexadecimal digits; span: 16, or nothing."""

    trace: str
    span: str
    sampled: bool


def read_trace(headers: Mapping[str, str]) -> Trace | None:
    """Of `X-Cloud-Trace-Context: TRACE/SPAN;o=1`, its span a decimal number, or W3C's `traceparent`."""
    if found := _CLOUD.fullmatch(headers.get("x-cloud-trace-context", "")):
        span = int(found[2] or 0)
        return Trace(found[1].lower(), f"{span:016x}" if 0 < span < 2**64 else "", found[3] == "1")
    if found := _W3C.fullmatch(headers.get("traceparent", "")):
        return Trace(found[1], found[2], bool(int(found[3], 16) & 1))
    return None
