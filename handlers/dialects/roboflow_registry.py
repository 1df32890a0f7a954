"""What Roboflow's clients ask before and beside predictions: which models there are, and who serves them.

The client reads the registry before every call, adds the model to it where it is not listed, and takes the route
that its `task_type` names. Of several instances of this service each answers for itself, so nothing is kept
from one call to the next: all served models are listed always, under every name that finds them; those whose
task the index does not say, once they are loaded. Callers share the models: to remove one, or all, changes
nothing, and the answer is the registry.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import uuid4

from starlette.responses import Response

from handlers.dialects.base import Call, Models, Side, json_response
from handlers.dialects.roboflow_fields import Fields
from handlers.dialects.roboflow_ids import candidates, public_ids
from handlers.fields import Text
from handlers.versions import VERSION
from model_cache.errors import StoreUnavailable
from model_cache.manifest import ModelEntry
from model_cache.prediction import Task

MODEL_ID = Text(
    "model_id", "The model: `project/version`, an id of the store, or a public alias such as `yolov8n-640`."
)

# The client raises on any other. Oriented boxes are detections with corners.
TASK_TYPES: dict[Task, str] = {
    "detect": "object-detection",
    "obb": "object-detection",
    "segment": "instance-segmentation",
    "pose": "keypoint-detection",
    "classify": "classification",
}


def _registry(call: Call, models: Models) -> Response:
    return json_response(_listing(models, {}))


def _add(call: Call, models: Models) -> Response:
    """Loads the model, and lists it under the name that it was asked by too, whichever that was."""
    name = _asked(call)
    entry = models.find(candidates(name))
    models.load(entry)
    return json_response(_listing(models, {name: entry}))


def _remove(call: Call, models: Models) -> Response:
    _asked(call)
    return _registry(call, models)


def _asked(call: Call) -> str:
    fields = Fields(call.body.json)
    fields.required(MODEL_ID)
    name = fields.text(MODEL_ID)
    fields.check()
    return name or ""


def _listing(models: Models, asked: dict[str, ModelEntry]) -> dict[str, Any]:
    """asked: a name that is to be listed besides, with its model."""
    entries, by_name = models.entries(), dict(asked)
    for entry in entries:
        by_name |= dict.fromkeys((entry.id, *entry.aliases), entry)
    for entry in entries:
        for own in (entry.id, *entry.aliases):
            for name in public_ids(own):
                by_name.setdefault(name, entry)  # a model of just that id comes first, as in a search
    described = {entry.id: _described(entry, models) for entry in (*entries, *asked.values())}
    return {"models": [{"model_id": name, **said} for name, entry in by_name.items() if (said := described[entry.id])]}


def _described(entry: ModelEntry, models: Models) -> dict[str, Any] | None:
    """None where the task is not known yet. What else the vendor says of a model, and we do not know, is left out."""
    task, size = entry.task, (entry.imgsz, entry.imgsz)
    if (task is None or entry.imgsz is None) and (metadata := models.known(entry)):
        task, size = metadata.task, metadata.imgsz
    if task is None:
        return None
    said: dict[str, Any] = {"task_type": TASK_TYPES[task], "batch_size": 1}
    return said | ({"input_height": size[0], "input_width": size[1]} if size[0] else {})


def _start(call: Call, models: Models) -> Response:
    models.load(models.find(candidates(f"{call.path['dataset']}/{call.path['version']}")))
    return json_response({"status": 200, "message": "inference session started from local memory."})


def _clear_cache(call: Call, models: Models) -> Response:
    """What is kept is kept for all callers: nothing is cleared, and nobody's answer is the older for it."""
    return json_response("Cache Cleared")


def _info(call: Call, models: Models) -> Response:
    return json_response({"name": "yolo-endpoint", "version": VERSION, "uuid": _instance()})


@cache
def _instance() -> str:
    """Of this process, from its first answer on: what is made at import would be the same in all its forks."""
    return str(uuid4())


def _healthz(call: Call, models: Models) -> Response:
    return json_response({"status": "healthy"})


def _readiness(call: Call, models: Models) -> Response:
    """Ready once the store has said what it holds: a request whose model is still loading is held, not refused."""
    try:
        models.entries()
    except StoreUnavailable:
        return json_response({"status": "not ready"}, 503)
    return json_response({"status": "ready"})


# To these the vendor's clients send no key, or not always: whoever has none is told of no model.
OPEN_PATHS = frozenset({"/info", "/healthz", "/readiness", "/model/remove", "/model/clear"})

SIDE_ROUTES = (
    Side("GET", "/model/registry", _registry, "All models, under every name that finds them.", "RoboflowRegistry"),
    Side("POST", "/model/add", _add, "Loads a model, and answers all models.", "RoboflowRegistry", "RoboflowModelId"),
    Side(
        *("POST", "/model/remove", _remove),
        *("Removes nothing: callers share the models. Answers all models.", "RoboflowRegistry", "RoboflowModelId"),
    ),
    Side(
        *("POST", "/model/clear", _registry),
        *("Removes nothing: callers share the models. Answers all models.", "RoboflowRegistry"),
    ),
    Side("GET", "/start/{dataset}/{version}", _start, "Loads a model.", "RoboflowStarted"),
    Side("GET", "/clear_cache", _clear_cache, "Clears nothing: what is kept is kept for all.", "RoboflowCleared"),
    Side("GET", "/info", _info, "Which server this is.", "RoboflowInfo"),
    Side("GET", "/healthz", _healthz, "Whether the process serves.", "RoboflowHealth"),
    Side("GET", "/readiness", _readiness, "Whether the store has said what it holds.", "RoboflowReadiness"),
)
