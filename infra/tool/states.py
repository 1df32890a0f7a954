"""A service, as the Admin API v2 describes it, in one word.

Deploying -> Ready <-> Stopping -> Stopped, or Failed. Stopped is manual scaling with no instances: requests are
refused, the address stays, nothing is paid for.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import Any

Service = dict[str, Any]

# Where a stop notes the limits that manual scaling clears, so that a start can bring them back.
LIMITS = "yolo-endpoint/limits"
_MOST = 100  # Cloud Run's own limit where none is set
_UNITS = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


class State(StrEnum):
    DEPLOYING = "Deploying"
    READY = "Ready"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    FAILED = "Failed"
    ABSENT = "Absent"


def state_of(service: Service | None) -> State:
    if service is None:
        return State.ABSENT
    if stopped(service):
        return State.STOPPING if service.get("reconciling") else State.STOPPED
    if service.get("reconciling"):
        return State.DEPLOYING
    outcome = service.get("terminalCondition", {}).get("state")
    if outcome == "CONDITION_SUCCEEDED":
        return State.READY
    return State.FAILED if outcome == "CONDITION_FAILED" else State.DEPLOYING


def stopped(service: Service) -> bool:
    scaling = service.get("scaling", {})
    return scaling.get("scalingMode") == "MANUAL" and not scaling.get("manualInstanceCount", 0)


def failure(service: Service | None) -> str:
    """Why it failed, in the API's words; empty if it did not."""
    if service is None or state_of(service) is not State.FAILED:
        return ""
    return str(service["terminalCondition"].get("message", ""))


def limits(service: Service) -> dict[str, int]:
    """Instances at least and at most, "min" and "max": the service's, noted at its stop, or the template's.

    Both are always given: going back to automatic scaling without them, a service would keep the manual count, 0.
    """
    noted = service.get("annotations", {}).get(LIMITS)
    try:
        found = json.loads(noted) if noted else None
        if found:
            return {"min": int(found["min"]), "max": int(found["max"])}
    except (ValueError, TypeError, KeyError):
        pass  # someone else wrote it
    own, template = service.get("scaling", {}), service.get("template", {}).get("scaling", {})
    least = own.get("minInstanceCount", template.get("minInstanceCount", 0))
    most = own.get("maxInstanceCount") or template.get("maxInstanceCount") or _MOST
    return {"min": int(least), "max": int(most)}


def size_of(service: Service) -> dict[str, Any]:
    """What an instance has, in the words of `sizes.sized`; what the template does not say is left out."""
    template = service.get("template", {})
    resources = (template.get("containers") or [{}])[0].get("resources") or {}
    cpu, memory = (_quantity(resources.get("limits", {}).get(name, "")) for name in ("cpu", "memory"))
    scaling = template.get("scaling", {})
    found = {
        "cpu": int(cpu) if cpu and cpu == int(cpu) else None,  # a part of one is not ours: gcloud knows whether it fits
        "memory": memory and memory / 2**30,
        "gpu": template.get("nodeSelector", {}).get("accelerator"),
        "least": scaling.get("minInstanceCount", 0),
        "most": scaling.get("maxInstanceCount") or _MOST,
    }
    return {name: value for name, value in found.items() if value is not None}


def _quantity(text: str) -> float | None:
    """Kubernetes' numbers: 2, 1000m, 512Mi."""
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", text)
    return float(found[1]) * _UNITS[found[2]] if found and found[2] in _UNITS else None


def held_back(service: Service) -> str:
    """That its newest revision does not get all requests, and what sends them there; empty if it does.

    Requests stay where they are sent once they were sent to a named revision: a deployment does not move them.
    """
    newest = service.get("latestReadyRevision", "").rpartition("/")[2]
    targets = service.get("trafficStatuses", [])
    share = sum(
        target.get("percent", 0)
        for target in targets
        if target.get("revision") == newest or target.get("type", "").endswith("_LATEST")
    )
    if not targets or share >= 100 or service.get("reconciling"):
        return ""
    where = f"--project={str(service['name']).split('/')[1]} --region={region_of(service)}"
    line = f"gcloud run services update-traffic {name_of(service)} {where} --to-latest"
    return f"{newest} gets {share} % of the requests. To send it all: {line}"


def region_of(service: Service) -> str:
    return str(service["name"]).split("/")[3]


def name_of(service: Service) -> str:
    return str(service["name"]).rpartition("/")[2]
