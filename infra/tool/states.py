"""A service, as the Admin API v2 describes it, in one word.

Deploying -> Ready <-> Stopping -> Stopped, or Failed. Stopped is manual scaling with no instances: requests are
refused, the address stays, nothing is paid for.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

Service = dict[str, Any]

# Where a stop notes the limits that manual scaling clears, so that a start can bring them back.
LIMITS = "yolo-endpoint/limits"
_MOST = 100  # Cloud Run's own limit where none is set


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


def region_of(service: Service) -> str:
    return str(service["name"]).split("/")[3]


def name_of(service: Service) -> str:
    return str(service["name"]).rpartition("/")[2]
