"""How an error repeats what a caller sent: short, printable, and anything but what orjson cannot write."""

from __future__ import annotations

import tracemalloc
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.dialects.roboflow_fields import Fields, Unprocessable
from handlers.errors import BadRequest
from handlers.fields import Flag, Number, Text, Texts, Whole
from handlers.params import Params, quoted, shown

NESTED: list[Any] = []
NESTED.append(NESTED)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
SURROGATES = st.text(alphabet=st.characters(categories=("Cs", "Cc", "Cf", "Lu")))
ODD: list[Any] = [
    *(sign * number for sign in (1, -1) for number in (2**53, 2**53 + 1, 2**63, 2**64, 10**309, 10**5000, 10**100_000)),
    *(float("nan"), float("inf"), -float("inf"), 1e308, 5e-324),
    *("\ud800", "a" * 10**6, "\n\r\0\x1b[31m", "\u202egpj", "\U0001f600" * 100, b"\xff" * 10**6, b"", ""),
    *([[[[[[[[1]]]]]]]], NESTED, list(range(10**5)), {"a": {"b": NESTED}}, {"\ud800": "\udfff"}, object()),
]


def check(value: Any) -> None:
    orjson.dumps({"input": shown(value), "message": quoted(value)})
    for text in (quoted(value)[1:-1], shown(value)):
        if isinstance(text, str):
            assert text.isprintable()
            assert len(text) <= 43


@given(VALUES | SURROGATES)
def test_any_value_can_be_repeated(value: Any) -> None:
    check(value)


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_values_can_be_repeated(number: int) -> None:
    check(ODD[number])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("abc", '"abc"'),
        ("a\nb\ud800", '"a?b?"'),
        (b"a\xff", '"a\ufffd"'),
        (True, '"true"'),
        (None, '"null"'),
        ([True, None, "a", 1.5], "\"[true, null, 'a', 1.5]\""),
        (2**64, '"18446744073709551616"'),
        (10**5000, '"a huge number"'),
    ],
    ids=range(8),
)
def test_what_is_said(value: Any, said: str) -> None:
    assert quoted(value) == said


def test_numbers_and_flags_stay_what_they_are() -> None:
    for value in (None, True, 0, -7, 2**53, -(2**53), 1.5, 1e308):
        assert shown(value) is value
    assert shown(2**53 + 1) == "9007199254740993"


def test_of_a_long_value_only_the_start_is_read() -> None:
    for value in ("a" * 50_000_000, b"a" * 50_000_000, ["a" * 50_000_000], {"a" * 50_000_000: "b" * 50_000_000}):
        tracemalloc.start()
        try:
            quoted(value)
            assert tracemalloc.get_traced_memory()[1] < 100_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize(
    "value", [2**64, -(2**64), 10**308, float("1e308"), [2**64], {"a": 2**64}, "9" * 5000, "\0"], ids=range(8)
)
def test_every_reader_refuses_in_words_that_can_be_sent(value: Any) -> None:
    fields, params = Fields({"a": value}), Params({"a": value})
    for read in (
        lambda: fields.whole(Whole("a", "", 1, 2, 3)),
        lambda: fields.flag(Flag("a", "")),
        lambda: fields.texts(Texts("a", "")),
    ):
        read()
    with pytest.raises(Unprocessable) as refused:
        fields.check()
    assert len(orjson.dumps(refused.value.detail)) < 1000
    for refuse in (
        lambda: params.number(Number("a", "", 1, 0, 1)),
        lambda: params.whole(Whole("a", "", 1, 0, 1)),
        lambda: params.flag(Flag("a", "")),
    ):
        with pytest.raises(BadRequest) as refusal:
            refuse()
        assert len(orjson.dumps(refusal.value.message)) < 200


def test_a_list_of_faults_is_cut_short() -> None:
    fields = Fields({"a": [2**64] * 100_000})
    fields.texts(Texts("a", ""))
    with pytest.raises(Unprocessable) as refused:
        fields.check()
    assert len(refused.value.detail) == 10


def test_a_text_that_is_repeated_whole_has_a_limit() -> None:
    field = Text("a", "", max_length=5)
    assert Fields({"a": "12345"}).text(field) == "12345"
    fields = Fields({"a": "123456"})
    fields.text(field)
    with pytest.raises(Unprocessable) as refused:
        fields.check()
    assert refused.value.detail[0]["msg"] == "String should have at most 5 characters"
