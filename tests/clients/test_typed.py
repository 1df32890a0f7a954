"""The check that the clients' types are tested with fails where it has to."""

import re
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from tests.clients.typed import check


class Point(TypedDict):
    x: float
    label: NotRequired[str]


class Answer(TypedDict):
    points: list[Point]
    task: Literal["detect", "pose"] | None
    versions: dict[str, str]


GOOD = {"points": [{"x": 1}, {"x": 0.5, "label": "a"}], "task": None, "versions": {"python": "3"}}


def test_good_answer_passes() -> None:
    check(GOOD, Answer)
    check(GOOD | {"task": "pose"}, Answer)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"points": [{"label": "a"}]}, "answer.points[0] lacks ['x']"),
        ({"points": [{"x": "1"}]}, "answer.points[0].x: '1' is no <class 'float'>"),
        ({"points": [{"x": True}]}, "answer.points[0].x: True is a bool"),
        ({"points": [{"x": 1, "y": 2}]}, "answer.points[0] has ['y']"),
        ({"points": None}, "answer.points: None is no list"),
        ({"task": "fly"}, "answer.task: 'fly' is none of ('detect', 'pose')"),
        ({"versions": {"python": 3}}, "answer.versions.python: 3 is no <class 'str'>"),
    ],
)
def test_bad_answer_fails(change: dict[str, Any], why: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(why)):
        check(GOOD | change, Answer)
