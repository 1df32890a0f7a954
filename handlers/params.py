"""Reads the named values that a caller sent, whatever form they came in; says what is wrong with one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.errors import BadRequest

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_SHOWN = 40  # characters of a bad value that its error repeats


class Params:
    """Values by name: texts of a form or a query, or a JSON object's own types. The last of several counts."""

    def __init__(self, *sources: Mapping[str, Any]) -> None:
        """Of two sources that name the same value, the later one counts."""
        self._values: dict[str, Any] = {}
        for source in sources:
            self._values.update(source)

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def which(self, *names: str) -> str:
        """The first of these names that has a value; the first of all where none has."""
        return next((name for name in names if name in self), names[0])

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value
        raise BadRequest(f"{name} must be text, not {quoted(value)}.")

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A number within low..high, both included."""
        value = self._values.get(name)
        if value is None:
            return default
        number = number_of(value)
        if not low <= number <= high:
            raise BadRequest(f"{name} must be a number from {low:g} to {high:g}, not {quoted(value)}.")
        return number

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number within low..high, both included, or None where there is none."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            number = self.number(name, math.nan, low, high)
            exact = number == int(number)
        except BadRequest:
            exact = False
        if not exact:
            raise BadRequest(f"{name} must be a whole number from {low} to {high}, not {quoted(value)}.")
        return int(number)

    def flag(self, name: str, default: bool) -> bool:
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        text = str(value).strip().lower()
        if text not in _TRUE + _FALSE:
            raise BadRequest(f"{name} must be true or false, not {quoted(value)}.")
        return text in _TRUE

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self._values.get(name)
        if value is None:
            return default
        if value not in choices:
            raise BadRequest(f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}, not {quoted(value)}.")
        return str(value)


def number_of(value: Any) -> float:
    """A number, or a text of one as people write it; NaN for anything else."""
    # Python's own reading takes 1_000 and the digits of every script, too.
    if isinstance(value, bool) or (isinstance(value, str) and ("_" in value or not value.isascii())):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def quoted(value: Any) -> str:
    """A caller's value as an error may repeat it: in quotes, short and printable."""
    text = str(value)
    printable = "".join(character if character.isprintable() else "?" for character in text[:_SHOWN])
    return f'"{printable}{"..." if len(text) > _SHOWN else ""}"'
