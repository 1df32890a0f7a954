"""A client's own types -> whether an answer is what they promise: every key required, no key unknown."""

from __future__ import annotations

import types
import typing
from typing import Any, Literal, NotRequired, Union

import typing_extensions


def check(value: Any, kind: Any, at: str = "answer") -> None:
    """Fail where a value is not of a TypedDict, or of a type made of lists, literals, unions and plain types."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return
    if origin is NotRequired:
        check(value, inner[0], at)
    elif typing_extensions.is_typeddict(kind):
        _check_keys(value, kind, at)
    elif origin is Literal:
        assert value in inner, f"{at}: {value!r} is none of {inner}"
    elif origin in (Union, types.UnionType):
        _check_union(value, inner, at)
    elif origin is list:
        assert isinstance(value, list), f"{at}: {value!r} is no list"
        for number, item in enumerate(value):
            check(item, inner[0], f"{at}[{number}]")
    elif origin is dict:
        assert isinstance(value, dict), f"{at}: {value!r} is no object"
        for key, item in value.items():
            check(item, inner[1], f"{at}.{key}")
    else:
        allowed = (int, float) if kind is float else kind
        assert isinstance(value, allowed), f"{at}: {value!r} is no {kind}"
        assert kind is bool or not isinstance(value, bool), f"{at}: {value!r} is a bool"


def _check_keys(value: Any, kind: Any, at: str) -> None:
    assert isinstance(value, dict), f"{at}: {value!r} is no object"
    missing, unknown = kind.__required_keys__ - value.keys(), value.keys() - kind.__annotations__.keys()
    assert not missing, f"{at} lacks {sorted(missing)}"
    assert not unknown, f"{at} has {sorted(unknown)}, of which the client knows nothing"
    for key, item in value.items():
        check(item, kind.__annotations__[key], f"{at}.{key}")


def _check_union(value: Any, kinds: tuple[Any, ...], at: str) -> None:
    failures = []
    for kind in kinds:
        try:
            check(value, kind, at)
        except AssertionError as error:
            failures.append(str(error))
        else:
            return
    raise AssertionError(" and ".join(failures))
