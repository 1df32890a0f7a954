"""The most that can be asked for: every candidate of a large picture, with its mask."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from tests.handlers.decode import pictures
from tests.hostile.case import INFERENCE, Case, Dialect, inference
from tests.hostile.guard import Guard

LARGE = pictures.save(Image.fromarray(pictures.scene(48, 64)).resize((4000, 3000)), "JPEG", quality=50)
CODE = base64.b64encode(LARGE).decode()
TASKS = {
    "detect": "object_detection",
    "obb": "object_detection",
    "segment": "instance_segmentation",
    "pose": "keypoints_detection",
}


@pytest.mark.parametrize("form", ["polygon", "rle"])
@pytest.mark.parametrize("task", TASKS)
def test_every_candidate(task: str, form: str, guard: Guard) -> None:
    dialect = Dialect(f"/infer/{TASKS[task]}", INFERENCE.errors)
    asked = inference(
        {"type": "base64", "value": CODE},
        model_id=f"shapes-{task}",
        confidence=0,
        iou_threshold=1,
        max_detections=10**6,
        response_mask_format=form,
        visualize_predictions=True,
    )
    # Of so many masks, run lengths for the whole picture would take minutes: they are refused.
    expected = 413 if (task, form) == ("segment", "rle") else 200
    answer = guard.ask(Case(task, expected, asked, dialect)).json()
    assert expected == 413 or 300 < len(answer["predictions"]) <= 3000
