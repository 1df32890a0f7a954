"""What Cloud Run gives an instance, and where. The same rules as in Terraform (infra/modules/endpoint)."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.tool.errors import UsageError

REGIONS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "regions.json").read_text())
GPUS = ("nvidia-l4", "nvidia-rtx-pro-6000")

# The vCPUs that an instance may have, and the GiB that it has unless told otherwise; the first is the default.
_CPUS = {None: (2, 1, 4, 6, 8), "nvidia-l4": (4, 6, 8), "nvidia-rtx-pro-6000": (20, 22, 24, 26, 28, 30)}
_MEMORY = {None: 4.0, "nvidia-l4": 16.0, "nvidia-rtx-pro-6000": 80.0}
# GiB that fit with as many vCPUs; from 20 on they come with the RTX PRO 6000.
_ROOM = {1: (0.5, 4), 2: (0.5, 8), 4: (2, 16), 6: (4, 24), 8: (4, 32)} | dict.fromkeys(range(20, 31, 2), (80, 177))


@dataclass(frozen=True)
class Size:
    """cpu: vCPUs; memory: GiB; least, most: instances; concurrency: requests that one instance takes at a time."""

    cpu: int
    memory: float
    least: int = 0
    most: int = 3
    concurrency: int = 8
    gpu: str | None = None

    @property
    def memory_text(self) -> str:
        return f"{self.memory:g}Gi" if self.memory == int(self.memory) else f"{round(self.memory * 1024)}Mi"


def sized(cpu: int | None = None, memory: float | None = None, gpu: str | None = None, **more: int) -> Size:
    """What was asked for, the rest by default; UsageError where Cloud Run has no such instance."""
    if gpu not in _CPUS:
        raise UsageError(f"It has an {gpu}, and what goes with that is not known here: ask gcloud.")
    cpus, room = _CPUS[gpu], _MEMORY[gpu]
    more.setdefault("most", max(more.get("least", 0), Size.most))
    size = Size(cpus[0] if cpu is None else cpu, room if memory is None else memory, gpu=gpu, **more)
    if size.cpu not in cpus:
        raise UsageError(f"Cloud Run gives such an instance {_either(sorted(cpus))} vCPUs, not {size.cpu}.")
    if gpu is not None and size.memory < room:
        raise UsageError(f"An {gpu} needs {room:g} GiB of memory or more.")
    low, high = _ROOM[size.cpu]
    if not low <= size.memory <= high:
        raise UsageError(f"{size.cpu} vCPUs go with {low:g} to {high:g} GiB of memory, not {size.memory:g}.")
    if not 0 <= size.least <= size.most or size.most < 1:
        both = f"not {size.least} to {size.most}"
        raise UsageError(f"--max is 1 or more, --min from 0 to that, {both}. To refuse requests, stop the endpoint.")
    if not 1 <= size.concurrency <= 1000:
        raise UsageError("An instance takes 1 to 1000 requests at a time.")
    return size


def check_size(cpu: int | None = None, gpu: str | None = None, **more: Any) -> None:
    """UsageError for what no instance has, whatever the service has already of that which is not given."""
    refused = []
    for kind in _CPUS if gpu is None else (gpu,):
        for count in _CPUS[kind] if cpu is None else (cpu,):
            try:
                sized(count, gpu=kind, **more)
            except UsageError as error:
                refused.append(error)
            else:
                return
    raise refused[0]


def check_regions(regions: Iterable[str]) -> None:
    for region in regions:
        if region not in REGIONS:
            near = difflib.get_close_matches(region, REGIONS, 3)
            hint = f"did you mean {_either(near)}?" if near else "`regions` lists those it has."
            raise UsageError(f"Cloud Run has no region {region}: {hint}")


def check_gpu(gpu: str, regions: Iterable[str]) -> list[str]:
    """Those of the regions that have this GPU by invitation only; UsageError for one that has it not at all."""
    having = [region for region, facts in REGIONS.items() if gpu in facts["gpu"]]
    invited = []
    for region in regions:
        if region not in having:
            raise UsageError(f"{region} has no {gpu}. It is in {', '.join(having)}.")
        if REGIONS[region]["gpu"][gpu] == "invitation":
            invited.append(region)
    return invited


def _either(values: Iterable[object]) -> str:
    *most, last = map(str, values)
    return f"{', '.join(most)} or {last}" if most else last
