"""Terraform over a copy of infra/, with providers from wherever this machine has them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PLUGINS = (Path.home() / ".terraform.d" / "plugins", *sorted(Path("/opt").glob("*plugins")))
# The stand-in's own: where grpcio is installed google.api_core warns at import, and here warnings are errors.
STANDIN_NEEDS = ("grpcio==1.85.1", "msgpack==1.2.4", "cryptography==50.0.2")
_QUIET = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1", "AWS_EC2_METADATA_DISABLED": "true"}


class NoProvider(Exception):
    """A provider can be had neither here nor from the registry; the message says which."""


@dataclass(frozen=True)
class Terraform:
    """Runs commands in folders of `infra`, a copy. `here` names the providers that must not be missing."""

    infra: Path
    environment: dict[str, str]
    here: frozenset[str] = frozenset()
    drift: Path | None = None
    standing: dict[str, Any] = field(default_factory=dict)

    def run(self, folder: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", f"-chdir={self.infra / folder}", *arguments, "-no-color"],
            env=os.environ | self.environment | self._reattach(self.standing) | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @staticmethod
    def _reattach(standing: dict[str, Any]) -> dict[str, str]:
        return {"TF_REATTACH_PROVIDERS": json.dumps(standing)} if standing else {}

    def beside(self, standing: dict[str, Any]) -> Terraform:
        """The same with other providers standing beside it."""
        return replace(self, standing=self.standing | standing)

    def good(self, folder: str, *arguments: str, **environment: str) -> str:
        """What a command that must succeed prints."""
        done = self.run(folder, *arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def init(self, folder: str) -> None:
        """Raises NoProvider."""
        done = self.run(folder, "init")
        provider = "aws" if "hashicorp/aws" in done.stderr else "google"
        missing = "Failed to query available provider packages" in done.stderr or "Failed to install" in done.stderr
        if missing and provider not in self.here:
            raise NoProvider(f"no hashicorp/{provider} provider on this machine, and no registry in reach")
        assert done.returncode == 0, done.stdout + done.stderr


def environment_as_it_is() -> dict[str, str] | None:
    """Nothing to add where Terraform has been told already; else None."""
    file = os.environ.get("TF_CLI_CONFIG_FILE")
    told = "TF_REATTACH_PROVIDERS" in os.environ or (file and Path(file).is_file())
    return dict(_QUIET) if told else None


def standin_folder() -> Path | None:
    """A stand-in for the google provider, where there is one beside the checkout or in YOLO_TFMIRROR."""
    folder = Path(os.environ.get("YOLO_TFMIRROR") or ROOT.parent / "shared" / "tfmirror")
    return folder if (folder / "install.py").is_file() else None


def standin_python(cache: Path) -> str:
    """An interpreter that has what the stand-in imports: YOLO_TFMIRROR_PYTHON, or one made in `cache`, once."""
    given = os.environ.get("YOLO_TFMIRROR_PYTHON")
    if given:
        return given
    python = cache / "bin" / "python"
    stamp = cache / "installed"
    if not stamp.is_file() or stamp.read_text().split() != list(STANDIN_NEEDS):
        venv.create(cache, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *STANDIN_NEEDS]
        subprocess.run(install, check=True, capture_output=True)
        stamp.write_text("\n".join(STANDIN_NEEDS))
    return str(python)


def aws_plugin() -> Path | None:
    """The real aws provider, where a folder of plugins has it."""
    pattern = "*/hashicorp/aws/*/*/terraform-provider-aws*"
    return next((path for folder in PLUGINS for path in sorted(folder.glob(pattern))), None)


@contextmanager
def standing(*command: str, **environment: str) -> Iterator[dict[str, Any]]:
    """A provider that runs beside many commands, since starting one takes seconds; gives what Terraform must know."""
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            found = next(filter(None, (re.search(r"\{.*\}", line) for line in process.stdout)), None)
            assert found is not None, f"{command[0]} did not start"
            yield json.loads(found[0])
        finally:
            process.terminate()


def lay_out(standin: Path, python: str, folder: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """A mirror of what there is: the environment for it, and the command of the stand-in."""
    plugins = next((path for path in PLUGINS if path.is_dir()), None)
    real = ["--real-mirror", str(plugins)] if plugins else []
    subprocess.run([python, str(standin / "install.py"), str(folder), *real], check=True, capture_output=True)
    command = (python, str(standin / "fake_provider.py"), "--stay", str(standin / "schemas" / "google.json"))
    return {**_QUIET, "TF_CLI_CONFIG_FILE": str(folder / "terraformrc")}, command


def plugins_or_registry(folder: Path) -> dict[str, str]:
    """Real plugins where a folder has them, the registry for the rest, each downloaded once."""
    plugins = next((path for path in PLUGINS if path.is_dir()), None)
    mirror = f'filesystem_mirror {{\n path = "{plugins}"\n include = ["hashicorp/aws"]\n}}\n' if plugins else ""
    direct = f"direct {{\n {'exclude = [' + chr(34) + 'hashicorp/aws' + chr(34) + ']' if plugins else ''}\n}}\n"
    file = folder / "terraformrc"
    cache = folder / "cache"
    cache.mkdir()
    file.write_text(f'plugin_cache_dir = "{cache}"\nprovider_installation {{\n{mirror}{direct}}}\n')
    return {**_QUIET, "TF_CLI_CONFIG_FILE": str(file), "TF_REGISTRY_CLIENT_TIMEOUT": "5"}


def copy(folder: Path) -> Path:
    """infra/ without what Terraform or a reader left in it: init writes lock files, and none of them is ours."""
    ignore = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__")
    return Path(shutil.copytree(ROOT / "infra", folder / "infra", ignore=ignore))


def moto(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A server that answers as AWS does, on 127.0.0.1."""
    with (folder / "moto.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=log, stderr=subprocess.STDOUT
        )
