"""The service's newest log entries, oldest first. In: a region or all. Out: rows of time, severity and text."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from infra.tool.cloudrun import CloudRun
from infra.tool.output import Row


def logs(asked: Namespace, cloud: CloudRun) -> list[Row]:
    conditions = ['resource.type="cloud_run_revision"', f'resource.labels.service_name="{asked.name}"']
    if asked.region:
        places = " OR ".join(f'"{region}"' for region in asked.region)
        conditions.append(f"resource.labels.location=({places})")
    if asked.errors:
        conditions.append("severity>=ERROR")
    wanted = {
        "resourceNames": [f"projects/{cloud.project}"],
        "filter": " AND ".join(conditions),
        "orderBy": "timestamp desc",
        "pageSize": asked.limit,
    }
    answer = cloud.call("POST", "entries:list", body=wanted, api="logging")
    return [_row(entry) for entry in reversed(answer.get("entries", []))]


def _row(entry: dict[str, Any]) -> Row:
    return {
        "time": entry.get("timestamp", "")[:23],
        "region": entry.get("resource", {}).get("labels", {}).get("location", ""),
        "severity": entry.get("severity", "DEFAULT"),
        "text": _text(entry),
    }


def _text(entry: dict[str, Any]) -> str:
    if "textPayload" in entry:
        return str(entry["textPayload"])
    if "jsonPayload" in entry:
        said = entry["jsonPayload"]
        return str(said.get("message", said))
    request = entry.get("httpRequest", {})
    return f"{request.get('requestMethod', '')} {request.get('requestUrl', '')} {request.get('status', '')}".strip()
