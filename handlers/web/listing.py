"""GET /models: what the store holds, and where each of it predicts. Loads nothing."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from handlers.dialects.base import Call, Models, json_response
from handlers.errors import Forbidden
from model_cache.errors import ModelNotFound
from model_cache.manifest import ModelEntry

_PLATFORM = {1: "/api/models/{}/predict", 2: "/api/deployments/{}/predict", 3: "/api/models/{}/predict"}


def listing(call: Call, models: Models) -> Response:
    """`task`, `imgsz` (pixels) and `classNames` are null where the index does not say and the model is not loaded."""
    return json_response({"default": _default(models), "models": [_said(one, models) for one in models.entries()]})


def _default(models: Models) -> str | None:
    try:
        return models.find(()).id
    except (ModelNotFound, Forbidden):  # there is none, or it is not for this caller
        return None


def _said(entry: ModelEntry, models: Models) -> dict[str, Any]:
    known = models.known(entry)
    names = entry.names or (known.names if known else None)
    return {
        "id": entry.id,
        "predict": predict_path(entry.id),
        "task": entry.task or (known.task if known else None),
        "imgsz": entry.imgsz or (max(known.imgsz) if known else None),
        "classNames": list(names.values()) if names else None,
        "loaded": known is not None,
    }


def predict_path(model: str) -> str:
    """Where a model of that id predicts: in the Platform dialect, or in HUB's where the id has too many parts."""
    return _PLATFORM.get(model.count("/") + 1, "/?model={}").format(model)
