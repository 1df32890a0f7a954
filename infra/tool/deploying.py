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
from typing import Any

from infra.tool.cloudrun import CloudRun
from infra.tool.commands import chosen, described, start_one
from infra.tool.errors import ToolError, UsageError
from infra.tool.flags import settings, what
from infra.tool.output import Row, for_each, warn
from infra.tool.sizes import REGIONS, Size, check_gpu, check_size, sized
from infra.tool.states import Service, size_of, state_of, stopped

ROOT = Path(__file__).parents[2]
# Without a Dockerfile, and with what keeps all that is no part of the function from being sent.
_BUILT = (".gcloudignore", "main.py", "requirements.txt", "requirements-onnx.txt", "handlers", "model_cache")
_COPY = "$source"  # stands for their copy in a line for a shell
_AT_ONCE = 4  # each gcloud takes some 200 MB


def check(asked: Namespace) -> None:
    """UsageError for what no region could have, before any is asked."""
    check_size(**_given(asked))
    if not Path(asked.source).is_dir():
        raise UsageError(f"--source is a folder, and {asked.source} is none.")
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
        source = Path(asked.source)
        if asked.buildpack:
            source = Path(_COPY) if asked.dry_run else stack.enter_context(_buildpack_folder())
        deployment = _Deployment(asked, cloud, source)
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
            *what(asked, self.source, image),
            *settings(asked, _size(asked, service), new=service is None),
            "--quiet",
        ]
        started = [start_one(asked, cloud, service)] if is_stopped and service is not None else []
        if asked.dry_run:
            return {"command": "\n".join([*(row["command"] for row in started), _line(command)])}
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        service = cloud.get(region, asked.name)
        if done.returncode or service is None:
            raise ToolError(_last_words(done.stderr) or f"gcloud failed; {asked.name} is {state_of(service)}.")
        return described(service)


def _given(asked: Namespace) -> dict[str, Any]:
    """What was asked for, in the words of `sizes.sized`."""
    shape = {"cpu": asked.cpu, "memory": asked.memory, "gpu": asked.gpu}
    count = {"least": asked.min, "most": asked.max, "concurrency": asked.concurrency}
    return {name: value for name, value in (shape | count).items() if value is not None}


def _size(asked: Namespace, service: Service | None) -> Size:
    """What was asked for, with what the service has already of that which must go with it.

    UsageError where Cloud Run has no such instance. Another GPU comes with sizes of its own.
    """
    given = _given(asked)
    had = {} if service is None else size_of(service)
    kept: dict[str, Any] = {}
    if given.keys() & {"cpu", "memory", "gpu"} and given.get("gpu") in {None, had.get("gpu")}:
        kept |= {name: had[name] for name in ("cpu", "memory", "gpu") if name in had}
    if given.keys() & {"least", "most"}:
        kept |= {name: had[name] for name in ("least", "most") if name in had}
    return sized(**kept | given)


def _line(command: list[str]) -> str:
    """The command for a shell; for a buildpack with the copying before it that `_buildpack_folder` does."""
    line, source = shlex.join(command), f"--source={_COPY}"
    if source not in command:
        return line
    names = shlex.join(str(ROOT / name) for name in _BUILT)
    return f'source=$(mktemp -d) && cp -r {names} "{_COPY}" && ' + line.replace(shlex.quote(source), f'"{source}"')


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
