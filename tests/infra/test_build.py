"""Dockerfile and cloudbuild.yaml: what linters, gcloud's own parser and the roll-out itself say of them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.run_api import PROJECT, FakeRun, knative
from tests.support.server import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
BUILD: dict[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in BUILD["steps"]}
US, EU = "us-east1", "europe-west4"
DIGEST = f"sha256:{'b' * 64}"
# What Cloud Build itself gives every build.
_GIVEN = {"BUILD_ID", "PROJECT_ID"}
gcloud = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")


def tool(name: str, *arguments: str, stdin: str = "") -> None:
    """Run a linter of requirements-dev.txt; it must find nothing."""
    command = [str(Path(sys.executable).parent / name), *arguments]
    done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def stage(name: str) -> str:
    found = re.search(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_dockerfile_passes_hadolint() -> None:
    tool("hadolint", "Dockerfile")


def test_image_keeps_its_promises() -> None:
    assert re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "slim"
    for name in ("slim", "full"):
        assert "USER 10001:10001" in stage(name)
        assert 'CMD ["functions-framework", "--target", "predict"]' in stage(name)
        assert "RUN" not in stage(name)
    assert "requirements.txt" not in stage("packages")  # torch
    assert re.search(r"^ARG PYTHON=python:3\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" not in DOCKERFILE
    # What Cloud Build's older builder, behind `gcloud run deploy --source`, does not know.
    assert "--mount" not in DOCKERFILE
    assert "<<" not in DOCKERFILE


def test_what_is_copied_is_there_and_is_sent() -> None:
    ignored = {line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")}
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for name in line.split():
            if name != "${MODEL}":
                assert (ROOT / name).exists()
                assert name not in ignored


def test_code_of_the_image_serves_by_itself(tmp_path: Path) -> None:
    """What the stage `code` copies, from a folder that cannot be written to, with a model inside."""
    app = tmp_path / "app"
    for name in ("handlers", "model_cache"):
        shutil.copytree(ROOT / name, app / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", app)
    (app / "models").mkdir()
    shutil.copy(ROOT / "LICENSE", app / "models")
    shutil.copy(ROOT / "model_cache/builtin/weights/shapes-obb.onnx", app / "models/helmets.onnx")
    check = "import main; from model_cache.stores import open_store as o; print(o('models').manifest().only().id)"
    for path in (app, *app.rglob("*")):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    environment = {"ALLOW_ANONYMOUS": "true", "MODEL_STORE": "", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=app, env=environment, capture_output=True, text=True, check=False
    )
    for path in (app, *app.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    assert (done.stdout, done.returncode) == ("helmets\n", 0), done.stderr


def test_build_is_what_cloud_build_reads() -> None:
    tool("check-jsonschema", "--builtin-schema", "vendor.cloudbuild", "cloudbuild.yaml")


def test_steps_wait_for_steps_that_are_there() -> None:
    seen: set[str] = set()
    for name, step in STEPS.items():
        assert set(step.get("waitFor", ())) <= seen | {"-"}
        seen.add(name)
    assert set(STEPS["roll-out"]["waitFor"]) == {"test", "build"}  # nothing is deployed before both are done


def test_substitutions_are_declared_and_used() -> None:
    text = "\n".join(step["script"] for step in BUILD["steps"])
    used = set(re.findall(r"\$\{?(_[A-Z_]+|[A-Z]+_ID)\b", text + "".join(BUILD["substitutions"].values())))
    assert used == set(BUILD["substitutions"]) | _GIVEN
    assert BUILD["options"]["automapSubstitutions"] is True  # scripts read them from the environment


@pytest.mark.parametrize("step", list(STEPS))
def test_scripts_pass_shellcheck(step: str) -> None:
    script = STEPS[step]["script"]
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    tool("shellcheck", "--shell=bash", "-", stdin=script)


@gcloud
@pytest.mark.parametrize("spoilt", [None, "entrypiont"])
def test_gcloud_takes_it_and_would_not_take_what_is_misspelt(spoilt: str | None, run: FakeRun, tmp_path: Path) -> None:
    build = BUILD if spoilt is None else BUILD | {"steps": [BUILD["steps"][0] | {spoilt: "x"}]}
    (tmp_path / "build.yaml").write_text(yaml.safe_dump(build))
    command = ["gcloud", "builds", "submit", "--no-source", "--async", f"--config={tmp_path / 'build.yaml'}"]
    done = subprocess.run(
        [*command, f"--substitutions=_REGIONS={US} {EU}"], capture_output=True, text=True, check=False
    )
    sent = [body for call, body in run.bodies if call.startswith("POST") and call.endswith("/builds")]
    if spoilt:
        assert f".steps[0].{spoilt}: unused" in done.stderr
        assert not sent
    else:
        assert sent[0]["substitutions"]["_REGIONS"] == f"{US} {EU}"
        assert [step["id"] for step in sent[0]["steps"]] == list(STEPS)


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
    assert len(roll.calls("run deploy", "--no-traffic", DIGEST)) == 2
    assert [US in call for call in roll.calls("update-traffic")] == [True]
    asked = roll.calls("curl", f"https://candidate---e-{US}.a.run.app/health?load=1")
    assert len(asked) == 1
    assert "X-Serverless-Authorization: Bearer token" in asked[0]


def test_failed_deployment_in_one_region_does_not_stop_the_others(tmp_path: Path) -> None:
    roll = RollOut(tmp_path, f'[[ "$*" == *"run deploy"*{US}* ]] && exit 1\n{ANSWERS}', healthy="run.app")
    assert roll().returncode == 1
    assert [EU in call for call in roll.calls("curl")] == [True]
    assert [EU in call for call in roll.calls("update-traffic")] == [True]


def test_all_regions_are_served_by_it(tmp_path: Path) -> None:
    roll = RollOut(tmp_path, ANSWERS, healthy="run.app")
    assert roll().returncode == 0
    assert len(roll.calls("update-traffic", "--to-latest")) == 2


@gcloud
def test_roll_out_with_the_real_gcloud(run: FakeRun, tmp_path: Path) -> None:
    """One region is stopped, the other gets the image; the token alone is made up, since nobody is signed in."""
    for region in (US, EU):
        run.add(region)
        run.knative[region, "yolo-endpoint"] = knative()
    stopped = {"run.googleapis.com/scalingMode": "manual", "run.googleapis.com/manualInstanceCount": "0"}
    run.knative[EU, "yolo-endpoint"]["metadata"]["annotations"] = stopped
    real = f'[[ "$*" == *print-identity-token* ]] && echo token || exec {shutil.which("gcloud")} "$@"'
    roll = RollOut(tmp_path, real, healthy="run.app")
    done = roll()
    assert done.returncode == 0, done.stderr
    assert f"{EU}: stopped, and left alone" in done.stdout
    assert len(roll.calls("curl")) == 1
    sent = [body for call, body in run.bodies if call.startswith("PUT")]
    image = f"us-docker.pkg.dev/{PROJECT}/yolo/endpoint@{DIGEST}"
    assert sent[0]["spec"]["template"]["spec"]["containers"][0]["image"] == image
    assert any(target.get("tag") == "candidate" for target in sent[0]["spec"]["traffic"])
    assert all(not target.get("percent") for target in sent[0]["spec"]["traffic"] if target.get("tag") == "candidate")
    assert [(target.get("percent"), target.get("tag")) for target in sent[1]["spec"]["traffic"]] == [(100, None)]
