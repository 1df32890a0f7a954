"""Dockerfile and cloudbuild.yaml: what linters and gcloud's own parser say of them. The roll-out: test_roll_out.py."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.run_api import FakeRun
from tests.support.server import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
BUILD: dict[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in BUILD["steps"]}
US, EU = "us-east1", "europe-west4"
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


@pytest.mark.parametrize("file", [".gcloudignore", ".dockerignore"])
def test_what_git_leaves_out_is_not_sent(file: str) -> None:
    """Environments and measurements are gigabytes."""
    ignored = {line.removeprefix("**/") for line in (ROOT / file).read_text().splitlines()}
    for line in (ROOT / ".gitignore").read_text().splitlines():
        name = line.rstrip("/")
        of_terraform = "infra" in ignored and name in {".terraform", "*.tfstate*", "*.tfvars"}
        assert of_terraform or any(fnmatch(name, pattern) for pattern in ignored), name


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
        [*command, f"--substitutions=_REGIONS={US} {EU},_IMAGE=us-docker.pkg.dev/demo/yolo/endpoint"],
        capture_output=True,
        text=True,
        check=False,
    )
    sent = [body for call, body in run.bodies if call.startswith("POST") and call.endswith("/builds")]
    if spoilt:
        assert f".steps[0].{spoilt}: unused" in done.stderr
        assert not sent
    else:
        assert sent[0]["substitutions"]["_REGIONS"] == f"{US} {EU}"
        assert sent[0]["substitutions"]["_IMAGE"] == "us-docker.pkg.dev/demo/yolo/endpoint"
        assert [step["id"] for step in sent[0]["steps"]] == list(STEPS)
