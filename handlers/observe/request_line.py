"""An exchange that has ended -> its line in the log."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import quote

from handlers.observe.exchange import Exchange

logger = logging.getLogger(__name__)
_QUIET = ("/health", "/metrics")  # asked by machines, again and again
# What a key may look like: someone may have put one into the path, or called a program by it.
_KEY_LIKE = re.compile(r"(?=[A-Za-z_-]*[0-9])(?:[A-Za-z0-9_]{20,}|[A-Za-z0-9_-]{32,})")


def note(exchange: Exchange) -> None:
    """Log the exchange: as an error from 500 on, otherwise as a matter of fact: what callers do wrong is theirs."""
    level = logging.ERROR if exchange.status >= 500 else logging.DEBUG if exchange.route in _QUIET else logging.INFO
    if logger.isEnabledFor(level):
        said = exchange.method, address(exchange), exchange.status, exchange.seconds
        logger.log(level, "%s %s %d in %.3f s", *said, extra={"exchange": exchange})


def address(exchange: Exchange) -> str:
    """The path, percent-encoded, without the query."""
    path = exchange.path.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return quote(_KEY_LIKE.sub("***", path), safe="/*@:+,;=!$&'()")


def http_request(exchange: Exchange) -> dict[str, Any]:
    """As Cloud Logging's HttpRequest."""
    return {
        "requestMethod": exchange.method,
        "requestUrl": address(exchange),
        "status": exchange.status,
        "latency": f"{exchange.seconds:.6f}s",
        "requestSize": str(exchange.bytes_in),
        "responseSize": str(exchange.bytes_out),
        "userAgent": _KEY_LIKE.sub("***", exchange.agent),
        "remoteIp": exchange.remote,
    }


def fields(exchange: Exchange) -> dict[str, Any]:
    """Our own, but for those that say nothing."""
    found = {
        "status": exchange.status,
        "route": exchange.route,
        "dialect": exchange.dialect,
        "model": exchange.model,
        "task": exchange.task,
        "pictures": exchange.pictures or None,
        "frames": exchange.frames if exchange.pictures else None,
        "bytes_in": exchange.bytes_in,
        "bytes_out": exchange.bytes_out,
        "cold": exchange.cold,
        "key": exchange.key,
        "phases_ms": exchange.timing.rounded(exchange.seconds),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}
