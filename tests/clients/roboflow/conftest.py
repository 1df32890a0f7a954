"""Runs the vendor's Python packages: small scripts, by an interpreter that has them, whose last line is JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model_cache.builtin import WEIGHTS
from tests.support.server import ROOT, Server

SCRIPTS = Path(__file__).parent / "scripts"
PYTHON = Path(os.environ.get("CLIENTS_PYTHON", ROOT / ".venv-clients" / "bin" / "python"))
# What the public models are called in a store, and here the weights of another.
PUBLIC = {"yolov8n": "shapes-detect", "yolo26n-seg": "shapes-segment", "yolov8n-pose": "shapes-pose"}

# run(script, server, arguments, given=...) -> what the script printed last, read as JSON.
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(script: str, server: Server, *arguments: str, given: Any = None, **environment: str) -> Any:
        words = (str(PYTHON), str(SCRIPTS / script), *arguments)
        done = command(server, tmp_path, *words, given=json.dumps(given), **environment)
        return json.loads(done.splitlines()[-1])

    return call


def command(server: Server, home: Path, *words: str, given: str = "", **environment: str) -> str:
    """What a program prints that reads `given`; it must succeed.

    The package's own variables send it to the server, whose address OURS is as well.
    """
    assert PYTHON.exists(), f"There is no {PYTHON}: `make test` sets it up, and CLIENTS_PYTHON may name another."
    names = ("API_URL", "OBJECT_DETECTION_URL", "INSTANCE_SEGMENTATION_URL", "SEMANTIC_SEGMENTATION_URL")
    there = dict.fromkeys((*names, "SERVERLESS_URL"), server.url)
    path = f"{PYTHON.parent}:{os.environ['PATH']}"
    ours = {"PATH": path, "HOME": str(home), "NO_PROXY": "*", "MPLBACKEND": "agg", "OURS": server.url}
    done = subprocess.run(
        words,
        cwd=home,
        env=ours | there | environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def public_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose store is a folder of weights under the public models' usual names, without an index."""
    store = tmp_path_factory.mktemp("public")
    for name, weights in PUBLIC.items():
        shutil.copy(WEIGHTS / f"{weights}.onnx", store / f"{name}.onnx")
    with Server(tmp_path_factory.mktemp("public-server"), MODEL_STORE=str(store)) as running:
        yield running
