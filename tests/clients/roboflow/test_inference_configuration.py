"""Every switch of inference-sdk's InferenceConfiguration that reaches the wire, in both of its modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.clients.roboflow.conftest import Run
from tests.clients.roboflow.inference import Call, ask, boxes, call, check, expected
from tests.support.server import Server

MODES = ("v0", "v1")
# What is sent and changes nothing here: metering, the vendor's own learning, and preprocessing that we do not do.
IGNORED: dict[str, Any] = {
    "mask_decode_mode": "fast",
    "tradeoff_factor": 0.5,
    "allow_reduced_mask_resolution": True,
    "max_candidates": 500,
    "count_inference": False,
    "service_secret": "secret",
    "disable_preproc_contrast": True,
    "disable_preproc_grayscale": True,
    "disable_preproc_static_crop": True,
    "fix_batch_size": True,
    "include_anomaly_map": True,
    "disable_active_learning": True,
    "active_learning_target_dataset": "elsewhere",
    "source": "test",
    "source_info": "of ours",
}


@dataclass(frozen=True)
class Switch:
    """configuration: the client's; options: what our own prediction is made with for the same."""

    configuration: dict[str, Any]
    options: dict[str, Any]
    modes: tuple[str, ...] = MODES
    model: str = "shapes-detect"


SWITCHES = (
    Switch({"confidence_threshold": 0.75}, {"conf": 0.75}),
    Switch({"confidence_threshold": "best"}, {}),
    # A percentage on the older route; on the newer one there is none so sure.
    Switch({"confidence_threshold": 75}, {"conf": 0.75}, modes=("v0",)),
    Switch({"confidence_threshold": 75}, {"conf": 1.0}, modes=("v1",)),
    Switch({"confidence_threshold": 0}, {"conf": 0.01}, modes=("v0",)),
    Switch({"confidence_threshold": 0.001}, {"conf": 0.001}, modes=("v1",)),
    Switch({"iou_threshold": 0.9}, {"iou": 0.9}),
    Switch({"max_detections": 3}, {"max_det": 3}),
    Switch({"class_agnostic_nms": True, "iou_threshold": 0.01}, {"agnostic": True, "iou": 0.01}, modes=("v1",)),
    Switch({"class_filter": ["bar", "arrow"]}, {"class_names": ("bar", "arrow")}, modes=("v1",)),
    Switch({"class_filter": ["arrow"], "max_detections": 3}, {"class_names": ("arrow",), "max_det": 3}, modes=("v1",)),
    Switch(IGNORED, {}),
    Switch(IGNORED, {}, model="shapes-segment"),
    Switch(IGNORED, {}, model="shapes-pose"),
)


def test_thresholds(run: Run, server: Server) -> None:
    asked = [(switch, mode) for switch in SWITCHES for mode in switch.modes]
    calls = [call(switch.model, mode=mode, configuration=switch.configuration) for switch, mode in asked]
    counts = set()
    for answer, (switch, _) in zip(ask(run, server, *_two_parts(calls)), asked, strict=True):
        check(boxes(answer), expected(model=switch.model, **switch.options))
        counts.add(len(answer["predictions"]))
    assert len(counts) > 6  # they do make a difference


def _two_parts(calls: list[Call]) -> list[Call]:
    """The client refuses an id of one part in its v0 mode."""
    return [one | {"model": f"{one['model']}/1"} for one in calls]


@pytest.mark.parametrize("mode", MODES)
def test_keypoint_confidence(run: Run, server: Server, mode: str) -> None:
    everything, some = ask(
        run,
        server,
        call("shapes-pose/1", mode=mode),
        call("shapes-pose/1", mode=mode, configuration={"keypoint_confidence_threshold": 0.93}),
    )
    wanted = [[p for p in row["keypoints"] if p["confidence"] > 0.93] for row in everything["predictions"]]
    assert [row["keypoints"] for row in some["predictions"]] == wanted
    assert wanted != [row["keypoints"] for row in everything["predictions"]]


@pytest.mark.parametrize("mode", MODES)
def test_run_lengths(run: Run, server: Server, mode: str) -> None:
    """supervision reads the same masks from either form, but for the outlines' edges."""
    by_form = ask(
        run,
        server,
        *(
            call("shapes-segment/1", mode=mode, configuration={"response_mask_format": form})
            for form in ("polygon", "rle")
        ),
    )
    assert [answer["predictions"][0]["mask_format"] for answer in by_form] == ["polygon", "rle"]
    assert by_form[0]["supervision"] == by_form[1]["supervision"]
    check(boxes(by_form[1]), expected(model="shapes-segment"))


@pytest.mark.parametrize("mode", MODES)
def test_visualization(run: Run, server: Server, mode: str) -> None:
    """Asked for as `format` on the older route, as `visualize_predictions` on the newer; the client decodes it."""
    wanted = {"format": "image_and_json"} if mode == "v0" else {"visualize_predictions": True}
    style = {"visualize_labels": True, "stroke_width": 3}
    kinds = {"base64": "str", "numpy": "ndarray", "pillow": "JpegImageFile"}
    calls = [
        call(f"shapes-{task}/1", mode=mode, configuration=wanted | style | {"output_visualisation_format": kind})
        for task in ("detect", "segment", "pose", "obb", "classify")
        for kind in kinds
    ]
    found = [answer["visualization"] for answer in ask(run, server, *calls)]
    assert [one["kind"] for one in found] == list(kinds.values()) * 5
    assert all(one["size"] in (None, [960, 720]) for one in found)


def test_image_alone(run: Run, server: Server) -> None:
    """In v0 mode `format=image` answers a JPEG; the client makes {"visualization"} of it."""
    configuration = {"format": "image", "output_visualisation_format": "numpy"}
    (answer,) = ask(run, server, call(mode="v0", configuration=configuration))
    assert answer == {"visualization": {"kind": "ndarray", "size": [960, 720]}}


@pytest.mark.parametrize("mode", MODES)
def test_client_downsizing(run: Run, server: Server, mode: str) -> None:
    """The client sends a smaller picture, and answers in pixels of its own."""
    configuration = {"client_downsizing_disabled": False, "default_max_input_size": 480}
    calls = [
        call(f"shapes-{task}/1", mode=mode, configuration=one)
        for task in ("detect", "segment", "pose", "obb")
        for one in (configuration, {})
    ]
    answers = ask(run, server, *calls)
    for small, whole in zip(answers[::2], answers[1::2], strict=True):
        assert small["image"] == whole["image"] == {"width": 960, "height": 720}
        # Of the surest two, either may come first.
        ours, wanted = (sorted(boxes(answer)[:2], key=lambda row: row[3]) for answer in (small, whole))
        check(ours, wanted, pixels=16, score=0.1)


@pytest.mark.parametrize("mode", MODES)
def test_transports_of_the_key(run: Run, server: Server, mode: str) -> None:
    calls = [
        call(mode=mode, configuration={"api_key_transport": transport}, asynchronous=asynchronous)
        for transport in (None, "legacy", "both", "header")
        for asynchronous in (False, True)
    ]
    for answer in ask(run, server, *calls):
        check(boxes(answer), expected())


def test_without_a_key(run: Run, server: Server) -> None:
    (answer,) = ask(run, server, call(key=None))
    check(boxes(answer), expected())
