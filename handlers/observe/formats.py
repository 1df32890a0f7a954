"""A log record -> one line. Whatever came from outside is escaped, so that nobody can write a line of their own.

Cloud Logging's fields: https://cloud.google.com/logging/docs/structured-logging; Error Reporting groups by
`stack_trace`.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from handlers.observe.exchange import CURRENT, Exchange
from handlers.observe.request_line import fields, http_request
from handlers.versions import VERSION

_SEVERITIES = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_GOOGLE = "logging.googleapis.com"


class Json(logging.Formatter):
    def __init__(self, project: str) -> None:
        """project: Google's id of it, without which no trace can be named; or nothing."""
        super().__init__()
        self._project = project

    def format(self, record: logging.LogRecord) -> str:
        severity = record.levelname if record.levelname in _SEVERITIES else "DEFAULT"
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        said: dict[str, Any] = {"severity": severity, "time": at, "message": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            said["stack_trace"] = self.formatException(record.exc_info)
        if (exchange := _exchange(record)) is not None:
            said["request_id"] = exchange.request_id
            said |= self._trace(exchange)
            if exchange.ended and hasattr(record, "exchange"):
                said |= {"httpRequest": http_request(exchange)} | fields(exchange)
        said[f"{_GOOGLE}/labels"] = {"version": VERSION}
        return json.dumps(said)

    def _trace(self, exchange: Exchange) -> dict[str, Any]:
        if exchange.trace is None or not self._project:
            return {}
        trace, span = exchange.trace, exchange.trace.span
        return {
            f"{_GOOGLE}/trace": f"projects/{self._project}/traces/{trace.trace}",
            **({f"{_GOOGLE}/spanId": span} if span else {}),
            f"{_GOOGLE}/trace_sampled": trace.sampled,
        }


class Text(logging.Formatter):
    """The lines of a stack trace are indented: none of them passes for a line of the log."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{datetime.fromtimestamp(record.created):%H:%M:%S} {record.levelname} {_printed(record.getMessage())}"
        if (exchange := _exchange(record)) is not None:
            line += f" request_id={exchange.request_id}"
            if exchange.ended and hasattr(record, "exchange"):
                line += "".join(f" {name}={_shown(value)}" for name, value in fields(exchange).items())
        if record.exc_info and record.exc_info[0] is not None:
            lines = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n    {_printed(one)}" for one in lines)
        return line


def _exchange(record: logging.LogRecord) -> Exchange | None:
    found: Exchange | None = getattr(record, "exchange", None) or CURRENT.get()
    return found


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}:{one:g}" for name, one in value.items())
    return _printed(str(value)).replace(" ", "\\x20")


def _printed(text: str) -> str:
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}" if ord(found[0]) > 255 else _byte(found[0]), text)


def _byte(character: str) -> str:
    return f"\\x{ord(character):02x}"
