"""One row for each named value that a caller may send: what reads a value and what documents it both go by its row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

D = TypeVar("D", int, None)


@dataclass(frozen=True)
class Field:
    """also: other names under which it is taken; where several come, the first counts, `name` before all.

    example: what the description's example sends, where it cannot do without.
    """

    name: str
    meaning: str
    also: tuple[str, ...] = field(default=(), kw_only=True)
    example: str | None = field(default=None, kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.also)


@dataclass(frozen=True)
class Number(Field):
    """low, high: what is refused beyond them, both included; words: texts that stand for the default."""

    default: float
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Whole(Field, Generic[D]):
    """default: None where something else decides, such as the model."""

    default: D
    low: int
    high: int | None = None


@dataclass(frozen=True)
class Flag(Field):
    """Off unless it is sent."""


@dataclass(frozen=True)
class Choice(Field):
    """strict: whether any other value is refused; else it counts as the default."""

    choices: tuple[str, ...]
    default: str
    strict: bool = True


@dataclass(frozen=True)
class Text(Field):
    """max_length: characters; None where the value is never repeated whole, and so may be of any length."""

    max_length: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Texts(Field):
    """A list of them."""
