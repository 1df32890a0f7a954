"""What Platform's clients ask beside predictions: of models, and of deployments, which here are models too.

Clients up to 0.1.1 name a deployment by an id alone, later ones by its owner and its name. They share
GET /api/deployments/{one part}: an older client asks for the deployment of that id, a newer one for the list
of that owner. It is answered as the former where a model has that name, and as the latter otherwise.
"""

from __future__ import annotations

import os
from contextlib import suppress
from time import perf_counter, time
from typing import Any

from starlette.responses import Response

from handlers.dialects.base import Call, Models, Side, json_response
from handlers.dialects.platform_metrics import RANGES, iso, metrics, sparkline
from handlers.errors import Forbidden, NotFound
from handlers.fields import Choice, Flag, Text
from handlers.params import Params
from handlers.traffic import TRAFFIC
from handlers.versions import seconds_alive
from model_cache.errors import ModelCacheError, ModelNotFound
from model_cache.manifest import ModelEntry
from model_cache.processors import processors

# The place of an account at the vendor: "us", "eu" or "ap". It says nothing of a service of one's own, but
# the answers' schema requires one of the three.
_ACCOUNT = "us"

SPARKLINE = Flag("sparkline", "The last 24 hours in short, whatever `range` and `view` say.")
RANGE = Choice("range", "How far back.", tuple(RANGES), "24h")
VIEW = Choice("view", "`overview`: only requests, errors and the 95th percentile.", ("full", "overview"), "full")
MODEL = Text("model", "Only the deployment of this model, `project/model`.", also=("modelId",))
STATUS = Text("status", "Only deployments of this status; here all are `ready`.")


def names(call: Call) -> tuple[str, ...]:
    """The ids to look for. The first parts of a path name the vendor's account, not our store."""
    return _names(tuple(call.path[name] for name in ("owner", "project", "model") if name in call.path))


def _names(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("/".join(parts[i:]) for i in range(len(parts)))


def _health(call: Call, models: Models) -> Response:
    """Loads the model, as the vendor's check warms its endpoint; latencyMs is how long that took now."""
    started = perf_counter()
    state: dict[str, Any] = {"healthy": True, "status": 200}
    try:
        models.load(models.find(names(call)))
    except ModelCacheError as error:
        state = {"healthy": False, "status": 503, "error": str(error)}
    state["latencyMs"] = round((perf_counter() - started) * 1000, 3)
    return json_response(state)


def _metrics(call: Call, models: Models) -> Response:
    entry, now = models.find(names(call)), time()
    params = Params(call.query)
    compact = params.flag(SPARKLINE)
    span = RANGES["24h" if compact else params.choice(RANGE)]
    start, records = TRAFFIC.since(now - span)
    ours = {one for one in {record.endpoint for record in records if not record.model} if _serves(entry, one, models)}
    records = [one for one in records if (one.model == entry.id if one.model else one.endpoint in ours)]
    if compact:
        return json_response(sparkline(records, now))
    overview = params.choice(VIEW) == "overview"
    said = metrics(records, start, now, span, overview=overview)
    return json_response({"deploymentId": entry.id, "region": _region(), **said})


def _serves(entry: ModelEntry, endpoint: tuple[str, ...], models: Models) -> bool:
    try:
        return models.find(_names(endpoint)).id == entry.id
    except (NotFound, Forbidden, ModelNotFound):  # gone since, or another's
        return False


def _logs(call: Call, models: Models) -> Response:
    """None are kept here: they go to standard output, and from there to the cloud's own log."""
    models.find(names(call))
    return json_response({"entries": []})


def _deployment(call: Call, models: Models) -> Response:
    deployment = _described(models.find(names(call)), call.path["owner"], call.path["model"]) | {"metadata": {}}
    return json_response({"deployment": deployment, "region": _ACCOUNT})


def _deployments(call: Call, models: Models) -> Response:
    """The model of the query's `model` (project/model) or, from older clients, `modelId`, or else all of them."""
    owner = call.path.get("model", "")
    if owner:
        with suppress(NotFound, Forbidden):  # the name of an owner, then
            deployment = _described_to_older(models.find((owner,)))
            return json_response({"deployment": deployment, "region": _ACCOUNT})
    params = Params(call.query)
    asked = params.text(MODEL)
    found: tuple[ModelEntry, ...] = ()
    if params.text(STATUS) in (None, "ready"):
        with suppress(NotFound, Forbidden):
            found = (models.find((asked, asked.rpartition("/")[2])),) if asked else models.entries()
    listed = [_described(entry, owner, entry.id) if owner else _described_to_older(entry) for entry in found]
    return json_response({"deployments": listed, "total": len(listed), "region": _ACCOUNT})


def _model(call: Call, models: Models) -> Response:
    entry = models.find(names(call))
    owner, project = call.path.get("owner", ""), call.path.get("project", "")
    model = {
        "id": entry.id,
        "_id": entry.id,  # as older clients read it
        "owner": owner,
        "project": project,
        "projectName": project,
        "model": call.path["model"],
        "visibility": "private",
        "name": entry.id,
        **({"task": entry.task} if entry.task else {}),
        "hasWeights": True,
        **({"file": {"size": entry.size}} if entry.size else {}),
        **({"classNames": list(entry.names.values())} if entry.names else {}),
        "starCount": 0,
        "isStarred": False,
        **_times(),
        "metadata": {},
    }
    return json_response({"model": model, "isOwner": True})


def _described(entry: ModelEntry, owner: str, name: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        "owner": owner,
        "model": entry.id,
        **({"task": entry.task} if entry.task else {}),
        "deployment": name,
        "name": entry.id,
        **_service(),
    }


def _described_to_older(entry: ModelEntry) -> dict[str, Any]:
    """As clients up to 0.1.1 read it."""
    return {
        "_id": entry.id,
        "username": "",
        "modelId": entry.id,
        "projectId": "",
        "name": entry.id,
        "slug": entry.id,
        **_service(),
    }


def _service() -> dict[str, Any]:
    """What is the same for every model of this service. Of several instances, each one knows only itself."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    resources = {"cpu": processors(), "memoryGi": round(memory, 2), "minInstances": 0, "maxInstances": 1}
    return {"status": "ready", "region": _region(), "resources": resources, **_times()}


def _times() -> dict[str, str]:
    """The start of this process: of a model no older date is known."""
    started = iso(time() - seconds_alive())
    return {"createdAt": started, "updatedAt": started}


def _region() -> str:
    """Where this runs, where the host says so."""
    return os.environ.get("AWS_REGION", "unknown")


def _routes() -> tuple[Side, ...]:
    of_deployment = (
        (
            "health",
            _health,
            "Loads the deployment's model, as the vendor's check warms its endpoint.",
            "PlatformHealth",
            (),
        ),
        ("metrics", _metrics, "What the deployment was asked.", "PlatformMetrics", (RANGE, VIEW, SPARKLINE)),
        ("logs", _logs, "No log is kept here: it goes to the cloud's own.", "PlatformLogs", ()),
    )
    return (
        # Those of one part first: "health" is also what a deployment might be called.
        *(
            Side("GET", f"/api/deployments/{parts}/{name}", answerer, summary, responds, query=query)
            for parts in ("{model}", "{owner}/{model}")
            for name, answerer, summary, responds, query in of_deployment
        ),
        *(
            Side("GET", path, _deployments, summary, responds, query=(MODEL, STATUS))
            for path, summary, responds in (
                ("/api/deployments", "All deployments: here each model is one.", "PlatformDeployments"),
                (
                    "/api/deployments/{model}",
                    "The deployment of that name; where there is none, all, as that owner's.",
                    "PlatformDeploymentOrAll",
                ),
            )
        ),
        Side("GET", "/api/deployments/{owner}/{model}", _deployment, "A deployment.", "PlatformDeployment"),
        *(
            Side("GET", path, _model, "A model.", "PlatformModel")
            for path in ("/api/models/{model}", "/api/models/{owner}/{project}/{model}")
        ),
    )


SIDE_ROUTES = _routes()
