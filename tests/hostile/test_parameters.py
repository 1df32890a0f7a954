"""Every parameter of every dialect with every kind of nonsense: refused, or read as its vendor reads it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from PIL import Image

from tests.handlers.decode import pictures
from tests.hostile.case import HOSTED, HUB, INFERENCE, PLATFORM, Case, Dialect, inference
from tests.hostile.guard import Guard

SMALL = pictures.save(Image.fromarray(pictures.scene(32, 32)), "PNG")
NUMBERS = ["NaN", "nan", "inf", "-inf", "1e999", "0x10", "1_0", "\u0663", "5" * 5000, "abc", " ", "1,5", "[1]", "true"]
WHOLE = [*NUMBERS, "1.5", "-1", "99999999999999999999"]
TEXTS = ["\0", "\r\nX-Injected: yes", "<script>", "\U0001f600" * 900, "../../etc/passwd", "x" * 15_000]
WRONG: list[Any] = [[], {}, [[[]]], {"a": {"b": []}}, [None], ["0.5"]]  # in JSON

# Parameter -> what must be refused.
_ULTRALYTICS: dict[str, list[str]] = {
    "conf": [*NUMBERS, "0", "-1", "1.01", "1e308", ""],
    "iou": [*NUMBERS, "-0.1", "0.96", "1e308", ""],
    "imgsz": [*WHOLE, "0", "31", "1281", "1e18", ""],
    "decimals": [*WHOLE, "11", "1e9", ""],
    "vid_stride": [*WHOLE, "0", "10001", ""],
    "normalize": ["2", "maybe", "None", "[]", "", *TEXTS],
    "format": ["xml", "", "JSON ", *TEXTS],
}
_HUB = _ULTRALYTICS | {"confidence": _ULTRALYTICS["conf"], "size": _ULTRALYTICS["imgsz"], "model": TEXTS}
# The vendor limits a number that is out of its range instead of refusing it, and ignores an unknown format.
_ROBOFLOW_NUMBERS = [text for text in NUMBERS if text != "1_0"]
_HOSTED: dict[str, list[str]] = {
    "confidence": _ROBOFLOW_NUMBERS,
    "overlap": _ROBOFLOW_NUMBERS,
    "stroke": [*_ROBOFLOW_NUMBERS, "-1", "1.5"],
    "max_detections": [*_ROBOFLOW_NUMBERS, "0", "-1", "1.5"],
    "keypoint_confidence": _ROBOFLOW_NUMBERS,
    "labels": ["maybe", "2", "", *TEXTS],
    "class_agnostic_nms": ["maybe", "2", ""],
    "disable_preproc_auto_orient": ["maybe", "2", ""],
    "response_mask_format": ["xml", *TEXTS],
}
_FLAGS = ("class_agnostic_nms", "visualize_predictions", "visualization_labels", "disable_preproc_auto_orient")
_INFERENCE: dict[str, list[Any]] = {
    "confidence": [*_ROBOFLOW_NUMBERS, *WRONG, True],
    "iou_threshold": [*_ROBOFLOW_NUMBERS, *WRONG, True],
    "keypoint_confidence": [*_ROBOFLOW_NUMBERS, *WRONG],
    "max_detections": [*_ROBOFLOW_NUMBERS, *WRONG, -1, 1.5],
    "visualization_stroke_width": [*_ROBOFLOW_NUMBERS, *WRONG, 0, 1.5],
    "class_filter": [1, "person", {}, [1], [[]], [None]],
    "response_mask_format": ["xml", *TEXTS, *WRONG],
    "id": [1, *WRONG],
    "model_id": [1, *WRONG, *TEXTS, None],
    "image": [1, "text", [], [[]], [None], {}, {"type": 1, "value": 1}, {"type": "file", "value": "/etc/passwd"}],
    **{flag: ["maybe", 2, *WRONG] for flag in _FLAGS},
}
_PICTURE = {"type": "base64", "value": __import__("base64").b64encode(SMALL).decode()}
REFUSED = (400, 404, 422)


def cases() -> list[tuple[Dialect, str, list[Any]]]:
    tables: tuple[tuple[Dialect, dict[str, list[Any]]], ...] = (
        (PLATFORM, _ULTRALYTICS),
        (HUB, _HUB),
        (HOSTED, _HOSTED),
        (INFERENCE, _INFERENCE),
    )
    return [(dialect, name, values) for dialect, table in tables for name, values in table.items()]


def request(dialect: Dialect, name: str, value: Any) -> dict[str, Any]:
    if dialect is INFERENCE:
        return inference(**{"image": _PICTURE, name: value})
    if dialect is HOSTED:
        return {"params": {name: value}, "content": SMALL}
    url = {"url": "/"} if name == "model" else {}
    return {"files": {"file": SMALL}, "data": {name: value}, **url}


@pytest.mark.parametrize(
    ("dialect", "name", "values"), [pytest.param(*case, id=f"{case[0]} {case[1]}") for case in cases()]
)
def test_parameter(dialect: Dialect, name: str, values: list[Any], guard: Guard) -> None:
    for value in values[1:]:
        case = Case(f"{name}={value!r:.60}", REFUSED, request(dialect, name, value), dialect)
        guard.check(case.name, dialect, case.ask(guard.client), case.statuses)
    guard.ask(Case(f"{name}={values[0]!r:.60}", REFUSED, request(dialect, name, values[0]), dialect))


@pytest.mark.parametrize("name", ["confidence", "iou_threshold"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 5000])
def test_json_number(name: str, text: str, guard: Guard) -> None:
    content = inference(_PICTURE)["content"][:-1] + f', "{name}": {text}}}'
    guard.ask(Case(f"{name} {text:.20}", REFUSED, {"content": content}, INFERENCE))


@pytest.mark.parametrize("value", [-1e308, -1, 0, 1e-300, 1, 99, 1e308, str(10**300)])
def test_a_number_that_the_vendor_limits(value: float | str, guard: Guard) -> None:
    for dialect, names in ((HOSTED, ("confidence", "overlap")), (INFERENCE, ("confidence", "iou_threshold"))):
        for name in names:
            response = guard.ask(Case(f"{name} {value}", 200, request(dialect, name, value), dialect))
            assert all(math.isfinite(row["confidence"]) for row in response.json()["predictions"])


ECHOED: list[Any] = [
    *(sign * number for sign in (1, -1) for number in (2**53 + 1, 2**63, 2**64, 10**100, 10**308)),
    *("\ufffe\U0010ffff", "\0" * 1000, "\u202e" * 50, [2**64], {"a": [2**64]}, [[["x" * 5000]]], 1e308, -1e308),
]


@pytest.mark.parametrize("name", [*_INFERENCE, "image.type", "image.value"])
def test_what_an_error_repeats_can_be_written(name: str, guard: Guard) -> None:
    """Whole numbers of 2^64 and more, which orjson refuses, too."""
    for value in ECHOED:
        outer, _, inner = name.partition(".")
        fields = {"image": _PICTURE | {inner: value}} if inner else {"image": _PICTURE, outer: value}
        case = Case(f"{name}={value!r:.40}", (200, *REFUSED), inference(**fields), INFERENCE)
        guard.check(case.name, INFERENCE, case.ask(guard.client), case.statuses)
    guard.ordinary()


@pytest.mark.parametrize(("dialect", "name"), [(PLATFORM, name) for name in _ULTRALYTICS] + [(HUB, "model")])
def test_what_a_sentence_repeats_can_be_written(dialect: Dialect, name: str, guard: Guard) -> None:
    url = {"url": "/"} if name == "model" else {}
    for value in ECHOED:
        case = Case(
            f"{name}={value!r:.40}", REFUSED, {"json": {"source": _PICTURE["value"], name: value}, **url}, dialect
        )
        guard.check(case.name, dialect, case.ask(guard.client), case.statuses)
    guard.ordinary()


def test_repeated_and_unknown_parameters(guard: Guard) -> None:
    """Of a repeated one the last counts; unknown ones are ignored, up to a bound."""
    files = [("file", SMALL), *(("conf", (None, text)) for text in ("0.3", "0.9"))]
    guard.ask(Case("twice", 200, {"files": files}))
    guard.ask(Case("the last is bad", 400, {"files": [*files, ("conf", (None, "no"))]}))
    guard.ask(Case("unknown", 200, {"files": {"file": SMALL}, "data": {"__proto__": "x", "device": "cuda:99"}}))
    guard.ask(
        Case("many in the query", (200, 400), {"files": {"file": SMALL}, "params": {str(n): n for n in range(3000)}})
    )
    unknown = inference(_PICTURE, device="cuda:99", numpy=json.dumps(None))
    guard.ask(Case("unknown in JSON", 200, unknown, INFERENCE))
