"""infra/endpoint with the real gcloud, two seconds and more a call: what gcloud makes of what it is told."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.tool.cloudrun import CloudRun
from infra.tool.states import limits
from tests.infra.conftest import Ask
from tests.infra.run_api import FakeRun, knative
from tests.infra.test_deploy import EU, IMAGE, US

gcloud = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")


def shell(lines: str) -> None:
    done = subprocess.run(["bash", "-ec", lines], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@gcloud
def test_gcloud_deploys_to_two_regions_and_one_fails(run: FakeRun, ask: Ask) -> None:
    run.faults[EU] = (403, "Permission 'run.services.create' denied on resource.")
    status, out, err = ask("deploy", "--region", US, "--region", EU, "--image", IMAGE, "--keys-secret", "keys")
    assert status == 3, err
    assert out.splitlines()[1].split() == [US, "Ready", run.services[US, "yolo-endpoint"]["uri"]]
    assert f"{EU}: Permission 'run.services.create' denied on resource. (" in err
    assert run.policies[US, "yolo-endpoint"][0]["members"] == ["allUsers"]
    template = run.knative[US, "yolo-endpoint"]["spec"]["template"]
    container = template["spec"]["containers"][0]
    assert container["image"] == IMAGE
    assert container["resources"]["limits"] == {"cpu": "2", "memory": "4Gi"}
    assert container["startupProbe"]["httpGet"] == {"path": "/health", "port": 8080}
    assert template["spec"]["containerConcurrency"] == 8
    assert template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"] == "3"
    assert {"name": "ALLOW_ANONYMOUS", "value": "false"} in container["env"]


@gcloud
def test_what_serves_is_said_where_requests_stay_with_an_older_revision(run: FakeRun, ask: Ask) -> None:
    """As after a roll-out that failed: requests were sent to a revision by its name, and no deployment moves them."""
    key = (US, "yolo-endpoint")
    run.add(*key)
    run.knative[key] = knative()
    run.knative[key]["spec"]["traffic"] = [{"revisionName": "yolo-endpoint-00001", "percent": 100}]
    status, out, err = ask("deploy", "--region", US, "--image", IMAGE, "--json")
    assert status == 0, err
    said, _, line = json.loads(out)[0]["detail"].partition(" To send it all: ")
    assert said == "yolo-endpoint-00002 gets 0 % of the requests."
    assert line in ask("deploy", "--region", US, "--image", IMAGE)[1]
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert run.knative[key]["spec"]["traffic"] == [{"latestRevision": True, "percent": 100}]
    status, out, _ = ask("deploy", "--region", US, "--image", IMAGE, "--json")
    assert (status, json.loads(out)[0]["detail"]) == (0, "")


@gcloud
def test_lines_of_a_dry_run_do_what_start_and_stop_do(run: FakeRun, ask: Ask) -> None:
    """Also what gcloud has no flag for: the service's limits leave it again where the template has its own."""
    key = (US, "yolo-endpoint")
    service = run.add(*key)
    run.knative[key] = knative()
    shell(ask("stop", "--region", US, "--dry-run")[1])
    annotations = run.knative[key]["metadata"]["annotations"]
    assert annotations["run.googleapis.com/scalingMode"] == "manual"
    service["scaling"] = {"scalingMode": "MANUAL", "manualInstanceCount": 0}  # the same, as the other API has it
    first, second = ask("start", "--region", US, "--dry-run")[1].splitlines()
    shell(first)
    annotations = run.knative[key]["metadata"]["annotations"]
    assert annotations["run.googleapis.com/scalingMode"] == "automatic"
    assert annotations["run.googleapis.com/maxScale"] == "3"
    service["scaling"] = {"scalingMode": "AUTOMATIC", "minInstanceCount": 0, "maxInstanceCount": 3}
    shell(second)
    assert service["scaling"] == {"scalingMode": "AUTOMATIC"}


@gcloud
def test_lines_of_a_dry_run_note_the_limits_of_the_service(run: FakeRun, ask: Ask) -> None:
    service = run.add(US, scaling={"minInstanceCount": 1, "maxInstanceCount": 7}, annotations={"team": "it's vision"})
    shell(ask("stop", "--region", US, "--dry-run")[1].splitlines()[0])
    assert limits(service | {"scaling": {}}) == {"min": 1, "max": 7}
    assert service["scaling"] == {"minInstanceCount": 1, "maxInstanceCount": 7}
    service["scaling"] = {"scalingMode": "MANUAL", "manualInstanceCount": 0}
    first, second = ask("start", "--region", US, "--dry-run")[1].splitlines()
    assert first.endswith("--scaling=auto --min=1 --max=7")
    shell(second)
    assert service["annotations"] == {"team": "it's vision"}


@gcloud
def test_container_that_does_not_start_is_a_failure_with_its_reason(run: FakeRun, ask: Ask) -> None:
    run.broken.add(IMAGE)
    status, _, err = ask("deploy", "--region", US, "--image", IMAGE, "--json")
    assert status == 1
    assert "The container did not start." in err


@gcloud
def test_project_and_token_come_from_gcloud(run: FakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLOUDSDK_CORE_PROJECT")
    settings = Path(os.environ["CLOUDSDK_CONFIG"], "configurations")
    settings.mkdir(parents=True)
    (settings / "config_default").write_text("[core]\nproject = another-project\n")
    (settings.parent / "active_config").write_text("default")
    run.services.clear()
    cloud = CloudRun(None)
    assert cloud.project == "another-project"
    assert cloud.services() == []
