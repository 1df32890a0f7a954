"""deploy: what was asked for -> gcloud's own `run deploy`, for each region. A folder is built once, for the first.

A first deployment gets every setting, the defaults where none was asked for; a later one changes only what was. Nobody
can call a new service unless keys are asked for, or --public says that anybody may.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.tool.cloudrun import CloudRun
from infra.tool.commands import chosen, described, start_one
from infra.tool.errors import ToolError, UsageError
from infra.tool.output import Row, for_each, warn
from infra.tool.sizes import REGIONS, Size, check_gpu, sized
from infra.tool.states import state_of, stopped

ROOT = Path(__file__).parents[2]
_BUILT = ("main.py", "requirements.txt", "requirements-onnx.txt", "handlers", "model_cache")  # without a Dockerfile
_PROBE = "httpGet.path=/health,httpGet.port=8080,periodSeconds=1,timeoutSeconds=1,failureThreshold=120"
_AT_ONCE = 4  # each gcloud takes some 200 MB


def check(asked: Namespace) -> None:
    """UsageError for what no region could have, before any is asked."""
    _size(asked)
    if asked.everywhere:
        asked.region = list(REGIONS)
    if asked.gpu:
        for region in check_gpu(asked.gpu, asked.region):
            warn(f"{region} gives {asked.gpu} by invitation only: without one the deployment fails.")
    if asked.model_store and not asked.model_store.startswith(("gs://", "s3://")):
        raise UsageError("--model-store is gs://BUCKET/PREFIX or s3://BUCKET/PREFIX: no folder of yours is there.")
    taken = {"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"} & {name for name, _ in asked.env}
    if taken:
        raise UsageError(f"Cloud Run itself sets {', '.join(sorted(taken))}.")


def deploy(asked: Namespace, cloud: CloudRun) -> list[Row]:
    regions = chosen(asked, cloud)
    if asked.gpu and asked.all:
        check_gpu(asked.gpu, regions)
    with ExitStack() as stack:
        source = stack.enter_context(_buildpack_folder()) if asked.buildpack else Path(asked.source)
        deployment = _Deployment(asked, cloud, _size(asked), source)
        if asked.image or asked.dry_run:
            return deployment.to(regions, asked.image)
        rows = deployment.to(regions[:1], None)
        if "error" in rows[0]:
            return rows + [{"region": region, "error": "Not tried: the first failed."} for region in regions[1:]]
        return rows + deployment.to(regions[1:], rows[0]["image"])


@dataclass(frozen=True)
class _Deployment:
    asked: Namespace
    cloud: CloudRun
    size: Size
    source: Path

    def to(self, regions: list[str], image: str | None) -> list[Row]:
        """image: None builds the source."""
        doing = "deploying" if image else "building and deploying"
        return for_each(regions, doing, lambda region: self._to_one(region, image), _AT_ONCE) if regions else []

    def _to_one(self, region: str, image: str | None) -> Row:
        asked, cloud = self.asked, self.cloud
        service = cloud.get(region, asked.name)
        is_stopped = service is not None and stopped(service)
        if is_stopped and not asked.start:
            raise ToolError(f"{asked.name} is stopped there. Start it first, or say --start to do so now.")
        command = [
            *("gcloud", "run", "deploy", asked.name, f"--project={cloud.project}", f"--region={region}"),
            *_what(asked, self.source, image),
            *_settings(asked, self.size, new=service is None),
            "--quiet",
        ]
        if asked.dry_run:
            return {"command": shlex.join(command)}
        if is_stopped and service is not None:
            start_one(asked, cloud, service)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        service = cloud.get(region, asked.name)
        if done.returncode or service is None:
            raise ToolError(_last_words(done.stderr) or f"gcloud failed; {asked.name} is {state_of(service)}.")
        return described(service)


def _what(asked: Namespace, source: Path, image: str | None) -> list[str]:
    if image:
        return [f"--image={image}"]
    if asked.buildpack:
        return [f"--source={source}", "--function=predict", "--base-image=python312"]
    return [f"--source={source}"]  # with a Dockerfile in it, which gcloud then builds


def _settings(asked: Namespace, size: Size, *, new: bool) -> list[str]:
    flags = {
        "--cpu": (asked.cpu or asked.gpu, size.cpu),
        "--memory": (asked.memory or asked.gpu, size.memory_text),
        "--concurrency": (asked.concurrency, size.concurrency),
        "--min-instances": (asked.min is not None, size.least),
        "--max-instances": (asked.max, size.most),
        "--service-account": (asked.service_account, asked.service_account),
        "--startup-probe": (False, _PROBE),
        "--execution-environment": (False, "gen2"),
    }
    chosen_flags = [f"{flag}={value}" for flag, (given, value) in flags.items() if value is not None and (given or new)]
    if new:
        chosen_flags.append("--cpu-boost")
    if asked.gpu:
        chosen_flags += ["--gpu=1", f"--gpu-type={asked.gpu}", "--no-gpu-zonal-redundancy", "--no-cpu-throttling"]
    return chosen_flags + _access(asked, new=new) + _environment(asked, size, new=new)


def _access(asked: Namespace, *, new: bool) -> list[str]:
    if asked.public or asked.keys_secret or asked.keys_file_secret:
        return ["--allow-unauthenticated"]
    return ["--no-allow-unauthenticated"] if asked.private or new else []


def _environment(asked: Namespace, size: Size, *, new: bool) -> list[str]:
    keyed = asked.keys_secret or asked.keys_file_secret
    values: dict[str, str] = {}
    if new or asked.memory:
        # Files lie in memory, so weights count twice; a quarter leaves half to requests.
        values["CACHE_MB"] = str(int(size.memory * 256))
    if keyed or asked.public or asked.private or new:
        # Without keys it is IAM that asks who calls, unless --public.
        values["ALLOW_ANONYMOUS"] = "false" if keyed else "true"
    if asked.model_store:
        values["MODEL_STORE"] = asked.model_store
    if asked.default_model:
        values["DEFAULT_MODEL"] = asked.default_model
    if asked.keys_file_secret:
        values["API_KEYS_FILE"] = "/keys/keys.json"
    values |= dict(asked.env)
    flags = []
    if values:
        flags.append(f"--update-env-vars={_joined(values)}")
    if asked.keys_secret:
        flags.append(f"--update-secrets=API_KEYS={_versioned(asked.keys_secret)}")
    if asked.keys_file_secret:
        flags.append(f"--update-secrets=/keys/keys.json={_versioned(asked.keys_file_secret)}")
    return flags


def _joined(values: dict[str, str]) -> str:
    """gcloud's list of pairs, parted by what none of them contains (`gcloud topic escaping`)."""
    text = "".join(values.values())
    mark = next((mark for mark in ",|#~;@!" if mark not in text), None)
    if mark is None:
        raise UsageError("--env has values that no list can hold: they use all of , | # ~ ; @ !")
    pairs = mark.join(f"{name}={value}" for name, value in values.items())
    return pairs if mark == "," else f"^{mark}^{pairs}"


def _versioned(secret: str) -> str:
    return secret if ":" in secret else f"{secret}:latest"


def _size(asked: Namespace) -> Size:
    given = {"least": asked.min, "most": asked.max, "concurrency": asked.concurrency}
    more = {name: value for name, value in given.items() if value is not None}
    if asked.min is not None and asked.max is None:
        more["most"] = max(asked.min, 3)
    return sized(asked.cpu, asked.memory, asked.gpu, **more)


def _last_words(said: str) -> str:
    """What gcloud gives as its reason: from the last ERROR on, in one line."""
    start = said.rfind("ERROR:")
    return " ".join(said[start:].split()) if start >= 0 else ""


@contextmanager
def _buildpack_folder() -> Iterator[Path]:
    """The parts of this repository that a buildpack is to see: had it a Dockerfile, gcloud would build that."""
    with tempfile.TemporaryDirectory() as folder:
        for name in _BUILT:
            source, target = ROOT / name, Path(folder, name)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        yield Path(folder)
