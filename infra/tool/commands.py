"""start, stop, status, list, url, delete, regions: what each does, and the rows that it answers with."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from infra.tool.cloudrun import CloudRun
from infra.tool.errors import ToolError, UsageError
from infra.tool.output import Row, for_each
from infra.tool.sizes import REGIONS
from infra.tool.states import LIMITS, Service, State, failure, held_back, limits, name_of, region_of, state_of, stopped

_LIMITS = ("minInstanceCount", "maxInstanceCount")


def start(asked: Namespace, cloud: CloudRun) -> list[Row]:
    return _change(asked, cloud, "starting", start_one)


def stop(asked: Namespace, cloud: CloudRun) -> list[Row]:
    return _change(asked, cloud, "stopping", _stop_one)


def _change(
    asked: Namespace, cloud: CloudRun, doing: str, change: Callable[[Namespace, CloudRun, Service], Row]
) -> list[Row]:
    def work(region: str) -> Row:
        service = cloud.get(region, asked.name)
        if service is None:
            raise ToolError(f"There is no {asked.name} in {region}.")
        return change(asked, cloud, service)

    return for_each(chosen(asked, cloud), doing, work)


def _stop_one(asked: Namespace, cloud: CloudRun, service: Service) -> Row:
    region = region_of(service)
    if stopped(service):
        return {"command": f"# {region}: it is stopped"} if asked.dry_run else described(service)
    notes: dict[str, Any] = {}
    # Manual scaling clears the service's own limits; those of the template stay where they are.
    if any(service.get("scaling", {}).get(name) for name in _LIMITS):
        notes["annotations"] = service.get("annotations", {}) | {LIMITS: json.dumps(limits(service))}
    if asked.dry_run:
        first = [cloud.patch_line(region, asked.name, notes)] if notes else []
        return {"command": "\n".join([*first, _gcloud(asked, cloud, service, "--scaling=0")])}
    changes = {"scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 0}} | notes
    return described(cloud.patch(region, asked.name, changes, asked.wait))


def start_one(asked: Namespace, cloud: CloudRun, service: Service) -> Row:
    region = region_of(service)
    if not stopped(service):
        return {"command": f"# {region}: it is not stopped"} if asked.dry_run else described(service)
    found, annotations = limits(service), dict(service.get("annotations", {}))
    noted = {"annotations": annotations} if annotations.pop(LIMITS, None) is not None else {}
    clearing = {}
    if not noted and service.get("template", {}).get("scaling", {}).get("maxInstanceCount"):
        # The limits are the template's. Left here too, they would cap what Terraform gives the template later.
        clearing = {f"scaling.{name}": None for name in _LIMITS}
    if asked.dry_run:
        lines = [_gcloud(asked, cloud, service, f"--scaling=auto --min={found['min']} --max={found['max']}")]
        lines += [cloud.patch_line(region, asked.name, changes) for changes in (noted, clearing) if changes]
        return {"command": "\n".join(lines)}
    both = dict(zip(_LIMITS, (found["min"], found["max"]), strict=True))
    changes: dict[str, Any] = {"scaling": {"scalingMode": "AUTOMATIC", **both}} | noted
    service = cloud.patch(region, asked.name, changes, asked.wait)
    return described(cloud.patch(region, asked.name, clearing, asked.wait) if clearing else service)


def delete(asked: Namespace, cloud: CloudRun) -> list[Row]:
    regions = chosen(asked, cloud)
    if not asked.yes and not asked.dry_run:
        _confirm(f"Delete {asked.name} in {', '.join(regions)}?")

    def work(region: str) -> Row:
        if cloud.get(region, asked.name) is None:
            raise ToolError(f"There is no {asked.name} in {region}.")
        if asked.dry_run:
            return {"command": f"gcloud run services delete {asked.name} --project={cloud.project} --region={region}"}
        cloud.delete(region, asked.name, asked.wait)
        return {"name": asked.name, "state": "Deleted"}

    return for_each(regions, "deleting", work)


def status(asked: Namespace, cloud: CloudRun) -> list[Row]:
    """One row for each region that was asked for, or that has the service."""
    found = {region_of(one): one for one in cloud.services() if name_of(one) == asked.name}
    wanted = asked.region or sorted(found)
    return [
        {"region": region} | (described(found[region]) if region in found else {"state": str(State.ABSENT)})
        for region in wanted
    ]


def url(asked: Namespace, cloud: CloudRun) -> list[Row]:
    """As `status`, with an error where there is no address: a script would go on with an empty one."""
    rows = status(asked, cloud)
    if not rows:
        raise _nowhere(asked, cloud)
    return [row if row.get("url") else row | {"error": f"{asked.name} has no address there."} for row in rows]


def list_all(asked: Namespace, cloud: CloudRun) -> list[Row]:
    """Every service of the project, or those of the regions and of the name that are asked for."""
    rows = [{"region": region_of(one)} | described(one) for one in cloud.services()]
    found = [
        row
        for row in rows
        if row["region"] in (asked.region or [row["region"]]) and row["name"] == (asked.name or row["name"])
    ]
    return sorted(found, key=lambda row: (row["name"], row["region"]))


def regions(asked: Namespace) -> list[Row]:
    wanted = asked.region or REGIONS
    return [
        {
            "region": region,
            "city": facts["city"],
            "tier": facts["tier"],
            "gpu": ", ".join(gpu if how == "open" else f"{gpu} ({how})" for gpu, how in facts["gpu"].items()),
        }
        for region, facts in REGIONS.items()
        if region in wanted and (asked.tier is None or facts["tier"] == asked.tier)
    ]


def described(service: Service) -> Row:
    """What there is to say of a service."""
    containers = service.get("template", {}).get("containers") or [{}]
    return {
        "name": name_of(service),
        "state": str(state_of(service)),
        **limits(service),
        "url": service.get("uri", ""),
        "image": containers[0].get("image", ""),
        "revision": service.get("latestReadyRevision", "").rpartition("/")[2],
        "detail": failure(service) or held_back(service),
    }


def chosen(asked: Namespace, cloud: CloudRun) -> list[str]:
    """The regions that were named, or with --all those that have the service."""
    if not asked.all:
        return list(asked.region)
    found = sorted(region_of(one) for one in cloud.services() if name_of(one) == asked.name)
    if not found:
        raise _nowhere(asked, cloud)
    return found


def _nowhere(asked: Namespace, cloud: CloudRun) -> ToolError:
    return ToolError(f"There is no {asked.name} in any region of {cloud.project}.")


def _gcloud(asked: Namespace, cloud: CloudRun, service: Service, scaling: str) -> str:
    where = f"--project={cloud.project} --region={region_of(service)}"
    return f"gcloud beta run services update {asked.name} {where} {scaling}"


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to ask: say --yes.")
    if input(f"{question} [y/N] ").strip().lower() not in {"y", "yes"}:
        raise ToolError("Nothing was deleted.")
