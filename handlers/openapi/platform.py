"""The schemas of what Platform's clients ask beside predictions, and of its errors."""

from __future__ import annotations

from handlers.openapi.schemas import (
    COUNT,
    EMPTY,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    any_of,
    closed,
    listed,
    one_of,
    ref,
    said,
)
from model_cache.prediction import TASKS

_TASK = one_of(*TASKS)
_ACCOUNT = one_of("us", "eu", "ap")
_TIMES: Schema = {"createdAt": TIME, "updatedAt": TIME}
_SERVICE: Schema = {
    "status": {"const": "ready"},
    "region": said(TEXT, "Where this runs, where the host says so."),
    "resources": closed({"cpu": NUMBER, "memoryGi": NUMBER, "minInstances": COUNT, "maxInstances": COUNT}),
    **_TIMES,
}
_LINE = listed(closed({"timestamp": TIME, "value": NUMBER}))
_PERCENT = said(NUMBER, "Percent.")
_MS = said(NUMBER, "Milliseconds.")
_SUMMARY: Schema = {
    **{"totalRequests": COUNT, "errorCount": COUNT, "errorRate": _PERCENT, "avgLatencyMs": _MS},
    **{f"p{percent}LatencyMs": _MS for percent in (50, 95, 99)},
}
_LINES = ("requests", "errors", "latencyP50", "latencyP95", "cpuUtilization", "memoryUtilization", "instanceCount")
_DEPLOYMENT = {"id": TEXT, "owner": TEXT, "model": TEXT, "deployment": TEXT, "name": TEXT, **_SERVICE}
_OLDER = {"_id": TEXT, "username": TEXT, "modelId": TEXT, "projectId": TEXT, "name": TEXT, "slug": TEXT, **_SERVICE}


def _over_time(summary: tuple[str, ...], lines: tuple[str, ...]) -> Schema:
    return closed(
        {
            **{"deploymentId": TEXT, "region": TEXT, "timeRange": closed({"start": TIME, "end": TIME})},
            "summary": closed({name: _SUMMARY[name] for name in summary}),
            "timeSeries": closed(dict.fromkeys(lines, _LINE)),
        }
    )


SCHEMAS: dict[str, Schema] = {
    "PlatformError": closed(
        {"error": TEXT}, {"retryAfter": said(COUNT, "Seconds; where a limit is reached."), "resetAt": TIME}
    ),
    "PlatformHealth": closed(
        {"healthy": FLAG, "status": one_of(200, 503), "latencyMs": said(NUMBER, "How long the load took now.")},
        {"error": TEXT},
    ),
    "PlatformMetrics": any_of(
        [
            _over_time(tuple(_SUMMARY), _LINES),
            _over_time(("totalRequests", "errorRate", "p95LatencyMs"), ("requests", "errors", "latencyP95")),
            closed(
                {
                    "requests24h": listed(COUNT, "Of each hour, the oldest first.", minItems=24, maxItems=24),
                    **{"totalRequests": COUNT, "errorRate": _PERCENT, "avgLatencyMs": _MS},
                }
            ),
        ]
    ),
    "PlatformLogs": closed({"entries": listed(EMPTY, maxItems=0)}),
    "PlatformDeployment": closed(
        {"deployment": closed(_DEPLOYMENT | {"metadata": EMPTY}, {"task": _TASK}), "region": _ACCOUNT}
    ),
    "PlatformDeployments": closed(
        {
            "deployments": listed(any_of([closed(_OLDER), closed(_DEPLOYMENT, {"task": _TASK})])),
            "total": COUNT,
            "region": _ACCOUNT,
        }
    ),
    "PlatformDeploymentOrAll": any_of(
        [closed({"deployment": closed(_OLDER), "region": _ACCOUNT}), ref("PlatformDeployments")]
    ),
    "PlatformModel": closed(
        {
            "model": closed(
                {
                    **dict.fromkeys(("id", "_id", "owner", "project", "projectName", "model", "name"), TEXT),
                    **{"visibility": {"const": "private"}, "hasWeights": FLAG, "starCount": COUNT, "isStarred": FLAG},
                    **_TIMES,
                    "metadata": EMPTY,
                },
                {"task": _TASK, "file": closed({"size": said(COUNT, "Bytes.")}), "classNames": listed(TEXT)},
            ),
            "isOwner": FLAG,
        }
    ),
}
