"""What stands behind an argument: text -> the value, or argparse's own error."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,47}[a-z0-9])?")
_ENV = re.compile(r"[A-Z][A-Z0-9_]*=.*", re.DOTALL)


def named(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("1 to 49 lower-case letters, digits and hyphens, beginning with a letter")
    return text


def pair(text: str) -> tuple[str, str]:
    if not _ENV.fullmatch(text):
        raise argparse.ArgumentTypeError("NAME=VALUE, the name in capitals")
    name, _, value = text.partition("=")
    return name, value


def gib(text: str) -> float:
    number = re.fullmatch(r"([0-9]*\.?[0-9]+)(?:Gi?B?)?", text)
    if number is None or not (float(number[1]) * 4).is_integer():
        raise argparse.ArgumentTypeError("a number of GiB, in quarters")
    return float(number[1])


def between(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"a whole number from {low} to {high}")
        return int(text)

    return number
