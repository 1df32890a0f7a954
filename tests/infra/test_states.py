"""How a service stands, and which of its revisions gets the requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.tool.states import state_of
from tests.infra.conftest import Ask
from tests.infra.run_api import PROJECT, FakeRun

US, EU = "us-east1", "europe-west4"


@pytest.mark.parametrize(
    ("service", "state"),
    [
        ({"terminalCondition": {"state": "CONDITION_SUCCEEDED"}}, "Ready"),
        ({"terminalCondition": {"state": "CONDITION_RECONCILING"}, "reconciling": True}, "Deploying"),
        ({"terminalCondition": {"state": "CONDITION_PENDING"}}, "Deploying"),
        ({"terminalCondition": {"state": "CONDITION_FAILED"}}, "Failed"),
        ({"scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 0}}, "Stopped"),
        ({"scaling": {"scalingMode": "MANUAL"}}, "Stopped"),
        ({"scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 0}, "reconciling": True}, "Stopping"),
        (
            {
                "scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 2},
                "terminalCondition": {"state": "CONDITION_SUCCEEDED"},
            },
            "Ready",
        ),
        (None, "Absent"),
    ],
)
def test_states(service: dict[str, Any] | None, state: str) -> None:
    assert state_of(service) == state


def test_status_says_why_it_failed(run: FakeRun, ask: Ask) -> None:
    run.add(US, terminalCondition={"state": "CONDITION_FAILED", "message": "Container failed to start."})
    status, out, _ = ask("status", "--region", US, "--region", EU)
    assert status == 0
    lines = out.splitlines()
    assert lines[1].startswith(f"{US}")
    assert "Failed" in lines[1]
    assert lines[1].endswith("Container failed to start.")
    assert lines[2].split() == [EU, "Absent"]


def test_status_says_that_requests_go_to_an_older_revision(run: FakeRun, ask: Ask) -> None:
    """Not where they go to the newest, by its name or whatever that is, nor while that is being settled."""
    service = run.add(US, trafficStatuses=[{"revision": "yolo-endpoint-00000", "percent": 100}])

    def detail() -> str:
        return str(json.loads(ask("status", "--json")[1])[0]["detail"])

    assert detail() == (
        "yolo-endpoint-00001 gets 0 % of the requests. To send it all: gcloud run services update-traffic "
        f"yolo-endpoint --project={PROJECT} --region={US} --to-latest"
    )
    service["trafficStatuses"] = [
        {"revision": "yolo-endpoint-00000", "percent": 90},
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 10},
    ]
    assert detail().startswith("yolo-endpoint-00001 gets 10 % of the requests.")
    service["reconciling"] = True
    assert not detail()
    service |= {"reconciling": False, "trafficStatuses": [{"revision": "yolo-endpoint-00001", "percent": 100}]}
    assert not detail()
