"""cloudbuild.yaml's roll-out, run: with a gcloud that notes what it is told, and with the real one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.infra.run_api import PROJECT, FakeRun, knative
from tests.infra.test_build import EU, STEPS, US, gcloud

DIGEST = f"sha256:{'b' * 64}"


class RollOut:
    """The step's own script, with gcloud and curl that note what they are told."""

    def __init__(self, folder: Path, gcloud: str, healthy: str) -> None:
        """gcloud: what it does, in bash; healthy: regions, as a pattern, whose new revision answers."""
        self._folder = folder
        (folder / "digest").write_text(DIGEST + "\n")
        self._write("gcloud", f'echo "gcloud $*" >> {folder}/calls\n{gcloud}')
        self._write("curl", f'echo "curl $*" >> {folder}/calls\n[[ "$*" =~ {healthy} ]]')
        (folder / "roll-out").write_text(STEPS["roll-out"]["script"])

    def __call__(self) -> subprocess.CompletedProcess[str]:
        image = f"us-docker.pkg.dev/{PROJECT}/yolo/endpoint"
        given = {"_SERVICE": "yolo-endpoint", "_REGIONS": f"{US} {EU}", "_IMAGE": image, "WORKSPACE": str(self._folder)}
        path = f"{self._folder}/bin:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", str(self._folder / "roll-out")],
            env=os.environ | given | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, *words: str) -> list[str]:
        lines = (self._folder / "calls").read_text().splitlines()
        return [line for line in lines if all(word in line for word in words)]

    def _write(self, name: str, script: str) -> None:
        path = self._folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/usr/bin/env bash\n{script}\n")
        path.chmod(0o755)


ANSWERS = """
case "$*" in
  *describe*status.url*) [[ "$*" =~ --region=([a-z0-9-]+) ]] && echo "https://e-${BASH_REMATCH[1]}.a.run.app" ;;
  *print-identity-token*) echo token ;;
  *) : ;;
esac"""


def test_requests_go_to_the_new_revision_only_where_it_answers(tmp_path: Path) -> None:
    roll = RollOut(tmp_path, ANSWERS, healthy=US)
    done = roll()
    assert done.returncode == 1
    assert f"{US}: us-docker.pkg.dev/{PROJECT}/yolo/endpoint@{DIGEST} serves" in done.stdout
    assert f"{EU}: failed; what served before goes on serving" in done.stderr
    assert f"gcloud run services update-traffic yolo-endpoint --region={EU} --to-latest" in done.stderr
    assert len(roll.calls("run deploy", "--no-traffic", DIGEST)) == 2
    assert [US in call for call in roll.calls("update-traffic", "--to-latest")] == [True]
    assert [EU in call for call in roll.calls("update-traffic") if "--to-latest" not in call] == [True]
    asked = roll.calls("curl", f"https://candidate---e-{US}.a.run.app/health?load=1")
    assert len(asked) == 1
    assert "X-Serverless-Authorization: Bearer token" in asked[0]


def test_failed_deployment_in_one_region_does_not_stop_the_others(tmp_path: Path) -> None:
    roll = RollOut(tmp_path, f'[[ "$*" == *"run deploy"*{US}* ]] && exit 1\n{ANSWERS}', healthy="run.app")
    assert roll().returncode == 1
    assert [EU in call for call in roll.calls("curl")] == [True]
    assert [EU in call for call in roll.calls("update-traffic", "--to-latest")] == [True]


def test_all_regions_are_served_by_it(tmp_path: Path) -> None:
    roll = RollOut(tmp_path, ANSWERS, healthy="run.app")
    assert roll().returncode == 0
    assert len(roll.calls("update-traffic", "--to-latest")) == 2


def test_public_service_needs_no_identity(tmp_path: Path) -> None:
    """The build's account may lack the role for a token; IAM takes one for the service's own address, not the tag's."""
    roll = RollOut(tmp_path, f'[[ "$*" == *print-identity-token* ]] && exit 1\n{ANSWERS}', healthy="run.app")
    assert roll().returncode == 0
    assert len(roll.calls("print-identity-token", f"--audiences=https://e-{US}.a.run.app ")) == 1
    assert not roll.calls("curl", "Authorization")


def test_region_without_the_service_fails(tmp_path: Path) -> None:
    roll = RollOut(tmp_path, f'[[ "$*" == *describe*{EU}* ]] && exit 1\n{ANSWERS}', healthy="run.app")
    done = roll()
    assert done.returncode == 1
    assert f"{EU}: no yolo-endpoint is found" in done.stderr
    assert [US in call for call in roll.calls("run deploy")] == [True]


@gcloud
def test_roll_out_with_the_real_gcloud(run: FakeRun, tmp_path: Path) -> None:
    """One region is stopped, the other gets the image, the old revision all requests until the new one answers."""
    for region in (US, EU):
        run.add(region)
        run.knative[region, "yolo-endpoint"] = knative()
    stopped = {"run.googleapis.com/scalingMode": "manual", "run.googleapis.com/manualInstanceCount": "0"}
    run.knative[EU, "yolo-endpoint"]["metadata"]["annotations"] = stopped
    roll = RollOut(tmp_path, REAL, healthy="run.app")
    done = roll()
    assert done.returncode == 0, done.stderr
    assert f"{EU}: stopped, and left alone" in done.stdout
    assert len(roll.calls("curl")) == 1
    deployed, moved = (body for call, body in run.bodies if call.startswith("PUT"))
    image = f"us-docker.pkg.dev/{PROJECT}/yolo/endpoint@{DIGEST}"
    template = deployed["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == image
    assert shares(deployed) == {("yolo-endpoint-00001", 100, None), (template["metadata"]["name"], None, "candidate")}
    assert shares(moved) == {(None, 100, None)}


@gcloud
def test_revision_that_does_not_answer_keeps_no_address(run: FakeRun, tmp_path: Path) -> None:
    run.add(EU)
    run.knative[EU, "yolo-endpoint"] = knative()
    assert RollOut(tmp_path, REAL, healthy="nowhere")().returncode == 1
    assert shares(run.knative[EU, "yolo-endpoint"]) == {("yolo-endpoint-00001", 100, None)}


# The token alone is made up, since nobody is signed in.
REAL = f'[[ "$*" == *print-identity-token* ]] && echo token || exec {shutil.which("gcloud")} "$@"'


def shares(service: dict[str, Any]) -> set[tuple[str | None, int | None, str | None]]:
    """Revision (None: the newest), percent and tag of each target."""
    return {
        (target.get("revisionName"), target.get("percent") or None, target.get("tag"))
        for target in service["spec"]["traffic"]
    }
