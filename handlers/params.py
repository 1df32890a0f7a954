"""Reads the named values that a caller sent, whatever form they came in; says what is wrong with one."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import Any

from handlers.errors import BadRequest
from handlers.fields import Choice, D, Field, Flag, Number, Text, Whole

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_SHOWN = 40  # characters of a bad value that its error repeats
_EXACT = 2**53  # up to here every reader of JSON holds a whole number exactly; orjson writes none from 2**64 on
_MANY_BITS = 10_000  # Python refuses to write a whole number of more than 4,300 digits


class Params:
    """Values by name: texts of a form or a query, or a JSON object's own types. The last of several counts."""

    def __init__(self, *sources: Mapping[str, Any]) -> None:
        """Of two sources that name the same value, the later one counts."""
        self._values: dict[str, Any] = {}
        for source in sources:
            self._values.update(source)

    def text(self, field: Text) -> str | None:
        name, value = self._sent(field)
        if value is None or isinstance(value, str):
            return value
        raise BadRequest(f"{name} must be text, not {quoted(value)}.")

    def number(self, field: Number) -> float:
        name, value = self._sent(field)
        if value is None:
            return field.default
        number, low, high = number_of(value), *_limits(field)
        if not low <= number <= high:
            raise BadRequest(f"{name} must be a number from {low:g} to {high:g}, not {quoted(value)}.")
        return number

    def whole(self, field: Whole[D]) -> int | D:
        name, value = self._sent(field)
        if value is None:
            return field.default
        number, low, high = number_of(value), *_limits(field)
        if not (low <= number <= high and number.is_integer()):
            raise BadRequest(f"{name} must be a whole number from {low} to {high}, not {quoted(value)}.")
        return int(number)

    def flag(self, field: Flag) -> bool:
        name, value = self._sent(field)
        if value is None or isinstance(value, bool):
            return bool(value)
        text = str(value).strip().lower() if isinstance(value, str | int) else ""
        if text not in _TRUE + _FALSE:
            raise BadRequest(f"{name} must be true or false, not {quoted(value)}.")
        return text in _TRUE

    def choice(self, field: Choice) -> str:
        name, value = self._sent(field)
        if value is None:
            return field.default
        if value not in field.choices:
            known = f"{', '.join(field.choices[:-1])} or {field.choices[-1]}"
            raise BadRequest(f"{name} must be {known}, not {quoted(value)}.")
        return str(value)

    def _sent(self, field: Field) -> tuple[str, Any]:
        """The name that it was sent under, and its value; the usual name and None where there is none."""
        name = next((name for name in field.names if self._values.get(name) is not None), field.name)
        return name, self._values.get(name)


def _limits(field: Number | Whole[D]) -> tuple[float, float]:
    low, high = field.low, field.high
    return -math.inf if low is None else low, math.inf if high is None else high


def number_of(value: Any) -> float:
    """A number, or a text of one as people write it; NaN for anything else."""
    # Python's own reading takes 1_000 and the digits of every script, too.
    if isinstance(value, bool) or (isinstance(value, str) and ("_" in value or not value.isascii())):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def shown(value: Any) -> str | float | bool | None:
    """A caller's value as an error's JSON may repeat it: a number or a flag as it is, all else as short text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and (abs(value) <= _EXACT or (isinstance(value, float) and math.isfinite(value))):
        return value
    return _short(value)


def quoted(value: Any) -> str:
    """A caller's value as an error's sentence may repeat it: in quotes, short and printable."""
    return f'"{_short(value)}"'


class _Short(reprlib.Repr):
    """Values as JSON spells them. Only the start of a long one is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxlong = self.maxother = _SHOWN

    def repr_bool(self, value: bool, level: int) -> str:
        return "true" if value else "false"

    def repr_NoneType(self, value: None, level: int) -> str:
        return "null"

    def repr_int(self, value: int, level: int) -> str:
        return super().repr_int(value, level) if value.bit_length() < _MANY_BITS else "a huge number"


_REPR = _Short()


def _short(value: Any) -> str:
    """Printable text of at most 40 characters and an ellipsis; a lone surrogate is not printable."""
    if isinstance(value, bytes):
        value = value[: 4 * _SHOWN].decode(errors="replace")
    text = value if isinstance(value, str) else _REPR.repr(value)
    printable = "".join(character if character.isprintable() else "?" for character in text[:_SHOWN])
    return f"{printable}{'...' if len(text) > _SHOWN else ''}"
