"""Dockerfile and cloudbuild.yaml: what linters and gcloud's own parser say of them. The roll-out: test_roll_out.py."""

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

from tests.infra.run_api import FakeRun
from tests.support.server import ROOT

DOCKERFILE, TORCH = (ROOT / "Dockerfile").read_text(), (ROOT / "Dockerfile.torch").read_text()
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


def commands(name: str) -> str:
    """The instructions of one stage, each in a line."""
    found = re.search(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found
    return re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", found[1], flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.torch"])
def test_dockerfile_passes_hadolint(name: str) -> None:
    tool("hadolint", name)


def test_image_keeps_its_promises() -> None:
    last = commands("endpoint")
    assert "USER 10001:10001" in last
    assert 'CMD ["functions-framework", "--target", "predict"]' in last
    assert "RUN" not in last
    assert re.search(r"^ARG PYTHON=python:3\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" not in DOCKERFILE


def test_older_builder_builds_it() -> None:
    """Cloud Build's, behind `gcloud builds submit --tag` and `gcloud run deploy --source`, runs all stages."""
    stages = re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE)
    used = set(re.findall(r"^FROM (\w+)|--from=(\w+)", DOCKERFILE, re.MULTILINE))
    assert set(stages) == {name for names in used for name in names if name} | {"endpoint"}
    assert stages[-1] == "endpoint"
    for text in (DOCKERFILE, TORCH):
        assert "--mount" not in text
        assert "<<" not in text
    assert "torch" not in re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)


def test_image_with_torch_stands_on_the_other() -> None:
    assert re.findall(r"^FROM (.*)", TORCH, re.MULTILINE) == ["${IMAGE}"]
    assert re.findall(r"^USER (.*)", TORCH, re.MULTILINE)[-1] == "10001:10001"
    assert re.findall(r"^-r (.*)", (ROOT / "requirements.txt").read_text(), re.MULTILINE) == ["requirements-onnx.txt"]


def expanded(text: str, model: str) -> str:
    """Of a Dockerfile's variables, ${NAME:-...} and ${NAME:+...} mean the same as in a shell."""
    done = subprocess.run(
        ["sh", "-c", f'echo "{text}"'], env={"MODEL": model}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_model_that_is_copied_lies_in_its_folder() -> None:
    (sources,) = re.findall(r"^COPY (.*) models/$", commands("code"), re.MULTILINE)
    assert expanded(sources, "") == "LICENSE LICENSE"
    assert expanded(sources, "helmets.onnx") == "LICENSE weights/helmets.onnx"
    # Whatever it is called.
    assert expanded(sources, "../keys.json") == "LICENSE weights/../keys.json"


@pytest.mark.parametrize(
    ("model", "taken"),
    [
        *((name, True) for name in ("", "helmets.onnx", "best.pt", "A-b_1.2.onnx")),
        *(
            (name, False)
            for name in (".", "..", "../keys.json", "weights/a.onnx", "/etc/passwd", "*", "a?", "a b", ".env")
        ),
        *((name, False) for name in ("$(id)", "a;b", "a\nb", "\\", "a\\b", "'", '"', "[a]")),
    ],
)
def test_model_is_a_name(model: str, taken: bool) -> None:
    check, *_ = re.findall(r"^RUN (case .*)$", commands("code"), re.MULTILINE)
    done = subprocess.run(["sh", "-c", check], env={"MODEL": model}, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is taken
    assert bool(done.stderr) is not taken


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.torch"])
def test_what_is_copied_is_there(name: str) -> None:
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / name).read_text(), re.MULTILINE):
        assert all((ROOT / source).exists() for source in line.split() if "$" not in source)


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


# Notes what it is told, and answers as buildx does, with another digest for each build.
DOCKER = """#!/usr/bin/env bash
echo "$*" >> "$WORKSPACE/calls"
[[ "$*" =~ --metadata-file\\ ([^ ]+) ]] || exit 0
printf '{"containerimage.digest": "sha256:%064d"}\\n' "$(wc -l < "$WORKSPACE/calls")" > "${BASH_REMATCH[1]}"
"""


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.torch"])
def test_what_is_rolled_out_is_what_the_named_dockerfile_makes(name: str, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    given = {"_DOCKERFILE": name, "_IMAGE": "r/i", "_MODEL": "a.onnx", "_PIP_EXTRA_INDEX_URL": "url", "BUILD_ID": "7"}
    path = f"{tmp_path}:{os.environ['PATH']}"
    script = ["bash", "-c", STEPS["build"]["script"]]
    subprocess.run(script, env=os.environ | given | {"PATH": path, "WORKSPACE": str(tmp_path)}, check=True)
    _, *builds = (tmp_path / "calls").read_text().splitlines()
    assert builds[0].startswith("buildx build . --file Dockerfile --build-arg MODEL=a.onnx ")
    assert "--tag r/i:7 --push" in builds[0]
    if name == "Dockerfile.torch":
        given_to_it = "--build-arg IMAGE=r/i:7 --build-arg PIP_EXTRA_INDEX_URL=url"
        assert builds[1].startswith(f"buildx build . --file Dockerfile.torch {given_to_it} ")
        assert "--tag r/i:7-Dockerfile.torch --push" in builds[1]
    assert len(builds) == (1 if name == "Dockerfile" else 2)
    assert (tmp_path / "digest").read_text() == f"sha256:{len(builds) + 1:064d}\n"


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
