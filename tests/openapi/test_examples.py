"""Every example of the description, sent to the running server: it is answered as described, for every task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from handlers.openapi.document import build
from model_cache.prediction import TASKS
from tests.openapi.answers import check
from tests.openapi.requests import Example, examples

EXAMPLES_SENT = [*examples(build("shapes-detect", anonymous=True))]
_OF_TASK = {"segment": "instance_segmentation", "pose": "keypoints_detection", "classify": "classification"}
PREDICTING = [one for one in EXAMPLES_SENT if one.operation["summary"].startswith("Predict")]


@pytest.mark.parametrize("example", EXAMPLES_SENT, ids=str)
def test_example_is_answered_as_described(example: Example, document: dict[str, Any], client: httpx.Client) -> None:
    answered = example.send(client)
    assert answered.status_code == 200, answered.text
    check(document, example.operation, answered)


@pytest.mark.parametrize("task", TASKS)
def test_answer_of_every_task_is_described(task: str, document: dict[str, Any], client: httpx.Client) -> None:
    for example in PREDICTING:
        named = {"model": f"shapes-{task}", "dataset": f"shapes-{task}", "task": _OF_TASK.get(task, "object_detection")}
        inferring = example.template.startswith("/infer/")
        value = example.value | {"model_id": f"shapes-{task}"} if inferring else example.value
        for query in ({}, {"format": "image_and_json", "response_mask_format": "rle", "normalize": "true"}):
            answered = replace(example, value=value).send(client, named, query)
            assert answered.status_code == 200, answered.text
            check(document, example.operation, answered)
