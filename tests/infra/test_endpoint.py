"""infra/endpoint on services that are there: start, stop, status, list, url, delete, logs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from infra.tool.states import state_of
from tests.infra.conftest import Ask
from tests.infra.run_api import PROJECT, FakeRun
from tests.support.server import ROOT

US, EU = "us-east1", "europe-west4"


def table(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_stop_and_start_bring_back_what_was(run: FakeRun, ask: Ask) -> None:
    """The service's own limits, which manual scaling clears, come back; annotations of others stay."""
    service = run.add(US, scaling={"minInstanceCount": 1, "maxInstanceCount": 7}, annotations={"team": "vision"})
    status, out, err = ask("stop", "--region", US)
    assert status == 0
    assert table(out) == [["REGION", "STATE", "URL"], [US, "Stopped", service["uri"]]]
    assert err.startswith(f"{US}: Stopped (")
    assert (service["scaling"]["scalingMode"], service["scaling"]["manualInstanceCount"]) == ("MANUAL", 0)
    service["scaling"] = {"scalingMode": "MANUAL", "manualInstanceCount": 0}  # as Cloud Run clears the rest
    status, out, _ = ask("start", "--region", US)
    assert (status, table(out)[1]) == (0, [US, "Ready", "1", "7", service["uri"]])
    assert service["scaling"] == {"scalingMode": "AUTOMATIC", "minInstanceCount": 1, "maxInstanceCount": 7}
    assert service["annotations"] == {"team": "vision"}


def test_limits_of_the_template_are_left_to_terraform(run: FakeRun, ask: Ask) -> None:
    """Both limits go with the way back to automatic scaling, and then leave the service."""
    service = run.add(EU, scaling={}, template={"scaling": {"minInstanceCount": 2, "maxInstanceCount": 5}})
    before = json.dumps(service["template"])
    ask("stop", "--region", EU)
    assert service["annotations"] == {}
    assert ask("start", "--region", EU)[0] == 0
    back = [body["scaling"] for call, body in run.bodies if call.startswith("PATCH") and body.get("scaling")]
    assert back[-1] == {"scalingMode": "AUTOMATIC", "minInstanceCount": 2, "maxInstanceCount": 5}
    assert service["scaling"] == {"scalingMode": "AUTOMATIC"}
    assert json.dumps(service["template"]) == before  # no new revision


def test_doing_it_twice_changes_nothing(run: FakeRun, ask: Ask) -> None:
    run.add(US)
    for command in ("start", "stop", "stop"):
        assert ask(command, "--region", US)[0] == 0
    assert run.count("^PATCH") == 1


def test_all_regions_at_once(run: FakeRun, ask: Ask) -> None:
    for region in (US, EU):
        run.add(region)
    other = run.add(US, "something-else")
    assert ask("stop", "--all")[0] == 0
    assert {state_of(run.services[region, "yolo-endpoint"]) for region in (US, EU)} == {"Stopped"}
    assert state_of(other) == "Ready"


def test_one_region_fails_and_the_other_is_done(run: FakeRun, ask: Ask) -> None:
    for region in (US, EU):
        run.add(region)
    run.faults[US] = (403, "Permission 'run.services.get' denied.")
    status, out, err = ask("stop", "--region", US, "--region", EU)
    assert status == 3
    assert [row[0] for row in table(out)] == ["REGION", EU]
    assert f"{US}: Permission 'run.services.get' denied. (" in err
    status, out, _ = ask("stop", "--region", US, "--json")
    assert status == 1
    assert json.loads(out)[0]["error"] == "Permission 'run.services.get' denied."


def test_api_that_is_away_is_tried_again_and_then_said(run: FakeRun, ask: Ask) -> None:
    run.add(US)
    run.faults[US] = (503, "The service is currently unavailable.")
    status, _, err = ask("start", "--region", US)
    assert status == 1
    assert "The service is currently unavailable." in err
    assert run.count("^GET") == 3


def test_nobody_is_signed_in(run: FakeRun, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("expired")
    status, _, err = ask("list")
    assert (status, err) == (1, "endpoint list: The token is not valid. Sign in with: gcloud auth login\n")
    assert run.calls


def test_list_comes_in_pages_and_url_is_bare(run: FakeRun, ask: Ask) -> None:
    for region in (US, EU):
        run.add(region)
    run.add(EU, "other")
    run.page = 2
    _, out, _ = ask("list")
    assert [row[:2] for row in table(out)[1:]] == [["other", EU], ["yolo-endpoint", EU], ["yolo-endpoint", US]]
    _, out, _ = ask("url", "--region", US)
    assert out == run.services[US, "yolo-endpoint"]["uri"] + "\n"


def test_delete_asks_first(run: FakeRun, ask: Ask) -> None:
    run.add(US)
    status, _, err = ask("delete", "--region", US)
    assert (status, err) == (2, "endpoint delete: Nobody is there to ask: say --yes.\n")
    assert run.services
    assert ask("delete", "--region", US, "--yes")[0] == 0
    assert not run.services
    status, _, err = ask("delete", "--region", US, "--yes")
    assert status == 1
    assert f"There is no yolo-endpoint in {US}." in err


def test_operation_that_takes_too_long(run: FakeRun, ask: Ask) -> None:
    run.add(US)
    run.polls = 10**6
    status, _, err = ask("stop", "--region", US, "--wait", "0.1")
    assert status == 1
    assert "`status` shows how it stands." in err


def test_dry_run_changes_nothing_and_shows_gcloud(run: FakeRun, ask: Ask) -> None:
    run.add(US)
    where = f"--project={PROJECT} --region={US}"
    line = f"gcloud beta run services update yolo-endpoint {where}"
    assert ask("stop", "--region", US, "--dry-run")[:2] == (0, f"{line} --scaling=0\n")
    assert ask("start", "--region", US, "--dry-run")[:2] == (0, f"# {US}: it is not stopped\n")
    assert ask("delete", "--region", US, "--dry-run")[1] == f"gcloud run services delete yolo-endpoint {where}\n"
    run.services[US, "yolo-endpoint"]["scaling"] = {"scalingMode": "MANUAL"}
    assert ask("stop", "--region", US, "--dry-run")[:2] == (0, f"# {US}: it is stopped\n")
    status, out, _ = ask("start", "--region", US, "--dry-run")
    assert (status, out.splitlines()[0]) == (0, f"{line} --scaling=auto --min=0 --max=3")
    assert {call.split()[0] for call in run.calls} == {"GET"}


def test_logs(run: FakeRun, ask: Ask) -> None:
    labels = {"labels": {"location": US}}
    run.entries = [
        {"timestamp": "2026-11-21T10:00:01.123456Z", "severity": "ERROR", "textPayload": "second", "resource": labels},
        {"timestamp": "2026-11-21T10:00:00.123456Z", "jsonPayload": {"message": "first"}, "resource": labels},
    ]
    status, out, _ = ask("logs", "--region", US, "--errors")
    assert status == 0
    assert [row[-1] for row in table(out)[1:]] == ["first", "second"]
    wanted = run.bodies[-1][1]
    assert wanted["resourceNames"] == [f"projects/{PROJECT}"]
    assert 'service_name="yolo-endpoint"' in wanted["filter"]
    assert "severity>=ERROR" in wanted["filter"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stop", "--region", "europe-west5"], "Cloud Run has no region europe-west5: did you mean europe-west"),
        (["stop", "--region", "mars"], "Cloud Run has no region mars"),
        (["stop"], "Say where: --region REGION"),
        (["start", "--region", US, "--name", "No_Name"], "lower-case letters"),
        (["melt"], "invalid choice"),
        (["logs", "--limit", "0"], "from 1 to 1000"),
    ],
)
def test_what_is_not_understood_calls_nothing(arguments: list[str], said: str, run: FakeRun, ask: Ask) -> None:
    status, _, err = ask(*arguments)
    assert status == 2
    assert said in err
    assert not run.calls


def test_command_runs_by_itself() -> None:
    """From any folder, with Python alone."""
    done = subprocess.run(
        [str(ROOT / "infra/endpoint"), "regions"], cwd="/", capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == 44
