"""Lines that somebody tries to forge, in both formats."""

from __future__ import annotations

import json
import logging

import pytest

from handlers.observe.formats import Json, Text

FORGED = 'ok\n00:00:00 INFO {"severity": "INFO"}\r\x1b[2K\u2028\u202e\ud800'


def record(error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("handlers", logging.ERROR, __file__, 1, "The keys stay: %s", (FORGED,), info)


def failed() -> ValueError:
    try:
        raise ValueError(FORGED)
    except ValueError as error:
        return error


@pytest.mark.parametrize("formatter", [Json(""), Json("acme"), Text()])
def test_message_stays_on_its_line(formatter: logging.Formatter) -> None:
    line = formatter.format(record())
    assert line.isprintable()
    assert line.isascii()


def test_stack_trace_of_json_is_a_field() -> None:
    line = Json("").format(record(failed()))
    assert "\n" not in line
    said = json.loads(line)
    assert said["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert "ValueError: ok" in said["stack_trace"]
    assert said["severity"] == "ERROR"


def test_stack_trace_of_text_is_indented() -> None:
    first, *others = Text().format(record(failed())).split("\n")
    assert "ERROR The keys stay: ok\\x0a00:00:00" in first
    assert others[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") and line.isprintable() for line in others)
