"""Every command that the README shows is run, or at least read by the program that would run it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from docs.fill import README
from infra.tool.cli import parser

ROOT = README.parent
ADDRESS = "http://127.0.0.1:8080"


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [re.sub(r"\s+#.*", "", line) for line in lines]


def run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-ec", f"set -o pipefail; {command}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As after a clone, with the clip of which the README speaks."""
    (tmp_path / "model_cache").symlink_to(ROOT / "model_cache")
    writer = cv2.VideoWriter(str(tmp_path / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    for level in range(0, 120, 10):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    return tmp_path


@pytest.mark.parametrize("command", [command for command in commands() if ADDRESS in command])
def test_requests_are_answered(command: str, folder: Path, client: httpx.Client) -> None:
    told = command.replace(ADDRESS, str(client.base_url).rstrip("/")).replace("curl ", "curl -sS --fail-with-body ")
    answer = run(told, folder)
    written = re.search(r" -o (\S+)", command)
    assert (folder / written[1]).stat().st_size > 1000 if written else answer


@pytest.mark.parametrize("command", [command for command in commands() if re.search(r"\bmake ", command)])
def test_make_knows_its_targets(command: str) -> None:
    run(command.replace("make ", "make -n "), ROOT)


@pytest.mark.parametrize("command", [command for command in commands() if command.startswith(".venv/bin/python")])
def test_programs_run(command: str) -> None:
    assert run(command.replace(".venv/bin/python", sys.executable), ROOT)


@pytest.mark.parametrize("command", [command for command in commands() if command.startswith("infra/endpoint")])
def test_the_endpoint_command_knows_its_arguments(command: str) -> None:
    assert parser().parse_args(command.split()[1:])


def test_what_needs_a_cloud_names_what_is_there() -> None:
    """The rest asks a cloud. The outputs that it reads exist, and the programs are those that are tested elsewhere."""
    known = (ADDRESS, "make ", ".venv/bin/python", "infra/endpoint")
    rest = [command for command in commands() if not any(part in command for part in known)]
    clouds = ("terraform -chdir=infra ", "gcloud auth ", "gcloud services enable ", "gcloud builds submit --tag ")
    assert all(command.startswith((*clouds, "echo 'image = ")) for command in rest)
    outputs = (ROOT / "infra" / "outputs.tf").read_text()
    for name in re.findall(r"output (?:-raw )?(\w+)", "\n".join(rest)):
        assert f'output "{name}"' in outputs
