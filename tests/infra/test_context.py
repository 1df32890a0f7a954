"""What goes into an image or to Google Cloud: nothing but what the lists name, whatever else lies in the folder.

The rules are read by those whose they are: Docker's own client and gcloud.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from docker.utils.build import exclude_paths  # type: ignore[import-untyped]

from tests.infra.test_build import gcloud
from tests.support.server import ROOT

Files = Callable[[Path], set[str]]
# Of these, some in every folder that there is.
SECRETS = (
    *(
        ".env",
        ".env.local",
        ".netrc",
        ".npmrc",
        "keys.json",
        "service-account.json",
        "credentials.json",
        "secrets.yaml",
    ),
    *("id_rsa", "credentials", "server.pem", "server.key", "token.txt", "dump.sql", "backup.tar.gz", "settings.toml"),
    *("terraform.tfstate", "terraform.tfstate.backup", "terraform.tfvars", "prod.auto.tfvars", "plan.tf.json"),
    *("best.pt", "last.onnx", "data.csv", "photo.jpg", "scan.png", "notes.md", "notebook.ipynb", "clip.mp4", "a.pyc"),
    *(".git/config", ".git/hooks/a.py", ".aws/credentials", ".ssh/id_ed25519", ".terraform/modules/a/main.tf"),
    *(
        "__pycache__/a.cpython-312.pyc",
        "data/images/1.jpg",
        "runs/train/weights/best.pt",
        "secrets/service-account.json",
    ),
)
# In the folder for a model of one's own.
MODELS = {"weights/helmets.onnx", "weights/best.pt"}
OTHERS = ("weights/keys.json", "weights/.env", "weights/data.yaml", "weights/old/helmets.onnx", "weights/.a/b.onnx")


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no clone: what belongs to it is not known")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is tracked, and secrets in every folder."""
    folder, names = tmp_path_factory.mktemp("context"), tracked()
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    folders = {parent for name in names for parent in Path(name).parents} | {Path("weights")}
    planted = [parent / secret for parent in folders for secret in SECRETS if parent != Path("weights")]
    for path in (*planted, *map(Path, OTHERS), *map(Path, MODELS)):
        if str(path) not in names:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("secret")
    return folder


def to_builder(folder: Path) -> set[str]:
    """As Docker's client sends it to the classic builder: it leaves out folders that no rule begins with."""
    lines = (folder / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    sent = {path for path in exclude_paths(str(folder), rules) if (folder / path).is_file()}
    return sent - {"Dockerfile", ".dockerignore"}  # which the builder reads, but does not copy from


def to_cloud(folder: Path) -> set[str]:
    settings = {"CLOUDSDK_CONFIG": str(folder.parent / "gcloud"), "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1"}
    done = subprocess.run(
        ["gcloud", "meta", "list-files-for-upload", str(folder)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines())


def test_builder_gets_the_function_and_nothing_else(context: Path) -> None:
    code = {name for name in tracked() if name.startswith(("handlers/", "model_cache/"))}
    packages = {"requirements-image.lock", "requirements-onnx.txt", "requirements.txt"}
    assert to_builder(context) == code | packages | MODELS | {"LICENSE", "main.py"}


@gcloud
def test_cloud_gets_what_is_tracked_and_nothing_else(context: Path) -> None:
    """The tests run there, too. Cases of the dialects are JSON of any name: a secret among them looks like one."""
    sent, names = to_cloud(context), set(tracked())
    cases = {name for name in sent - names if name.startswith("tests/dialects/") and name.endswith(".json")}
    assert sent - cases == names | MODELS
    assert {name.count("/") for name in cases} == {3}


@pytest.mark.parametrize("files", [to_builder, pytest.param(to_cloud, marks=gcloud)])
def test_a_folder_that_nobody_thought_of_is_not_sent(files: Files, tmp_path: Path) -> None:
    for name in (".dockerignore", ".gcloudignore"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("new/main.py", "new/handlers/app.py", "handlers.py", "mainXpy", "xhandlers/a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("secret")
    assert files(tmp_path) - {".dockerignore", ".gcloudignore"} == set()
