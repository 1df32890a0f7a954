"""Which ids stand for which weights."""

from __future__ import annotations

import pytest

from handlers.dialects.roboflow_ids import ALIASES, candidates, public_ids


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("coco/3", "yolov8n"),
        ("coco/9", "yolov8n"),
        ("coco/25", "yolo11n"),
        ("coco/25", "yolov11n"),
        ("coco/25", "yolov11n-640"),
        ("coco/41", "yolo26n"),
        ("coco/22", "yolov10b"),
        ("coco-dataset-vdnr1/27", "yolo26n-seg"),
        ("coco-pose-detection/6", "yolov8x-pose"),
        ("yolov8n-640", "yolov8n"),
        ("yolov8n-640", "coco/3"),
        ("yolov11n", "yolo11n"),
        ("yolo11n", "yolov11n"),
        ("yolov8n/1", "yolov8n"),
        ("helmets/1", "helmets"),
    ],
)
def test_candidates(asked: str, found: str) -> None:
    assert candidates(asked)[0] == asked
    assert found in candidates(asked)
    assert asked in public_ids(found)


@pytest.mark.parametrize("asked", ["helmets/2", "helmets", "acme/helmets/1", "coco/99", "/1", "1"])
def test_no_other_candidates(asked: str) -> None:
    assert candidates(asked) == (asked,)


def test_usual_name_comes_before_the_rest() -> None:
    assert candidates("coco/25")[:3] == ("coco/25", "yolo11n", "yolov11n")


def test_public_ids() -> None:
    assert public_ids("helmets") == ("helmets/1",)
    assert public_ids("helmets/3") == ()
    assert public_ids("yolov8x-pose") == (
        "yolov8x-pose/1",
        "coco-pose-detection/5",
        "yolov8x-pose-640",
        "coco-pose-detection/6",
        "yolov8x-pose-1280",
    )


@pytest.mark.parametrize("alias", ALIASES)
def test_alias_and_its_target_find_the_same(alias: str) -> None:
    assert set(candidates(alias)) == set(candidates(ALIASES[alias]))
