"""What the `roboflow` package asks before it predicts: whose key this is, and that workspace's projects and versions.

Here every key belongs to one workspace, of whatever name it is asked for, and every model is a version of a
project: `helmets/3` the third of `helmets`. Some of these addresses are others' too; an `api_key` in the query,
which the package always sends, tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import Any

from starlette.responses import Response

from handlers.dialects.base import Call, Models, Side, json_response
from handlers.dialects.roboflow_ids import public_ids
from handlers.dialects.roboflow_registry import TASK_TYPES
from handlers.errors import NotFound
from handlers.fields import Text
from handlers.params import quoted
from handlers.versions import seconds_alive
from model_cache.manifest import ModelEntry
from model_cache.prediction import Task

_WORKSPACE = "yolo-endpoint"
KEY = Text("api_key", "The key; `None` where none is needed. Without it there is nothing here.", example="None")
# What the package knows a model's task by: the end of its type.
_SUFFIXES: dict[Task, str] = {"detect": "", "obb": "", "segment": "-seg", "pose": "-pose", "classify": "-cls"}


def asks_for_owner(call: Call) -> bool:
    return call.method == "POST" and set(call.query) == {"api_key"} and not call.body.raw


def asks_for_project(call: Call) -> bool:
    """Whether a GET of two parts is of a workspace and a project, and not of a dataset and a version."""
    return call.method == "GET" and "api_key" in call.query and "image" not in call.query and not call.body.raw


def owner(call: Call, models: Models) -> Response:
    return json_response({"welcome": "yolo-endpoint", "workspace": _WORKSPACE})


def project(call: Call, models: Models) -> Response:
    workspace, name = call.path["dataset"], call.path["version"]
    versions = _versions(name, models)
    first = next(iter(versions.values()))
    if first.task is None:
        models.load(first)  # the package makes its object by the kind of model that it is told here
    return json_response(
        {
            "workspace": _workspace_of(workspace),
            "project": _project(workspace, name, tuple(versions.values()), models),
            "versions": [_version(f"{workspace}/{name}/{version}", name) for version in versions],
        }
    )


def _trainings(call: Call, models: Models) -> Response:
    """Of a version: here one, of one model."""
    return json_response({"trainings": [_training(call, models)]})


def _one_training(call: Call, models: Models) -> Response:
    return json_response(_training(call, models))


def _training(call: Call, models: Models) -> dict[str, Any]:
    project, version = call.path["project"], call.path["version"]
    entry = _versions(project, models).get(version)
    if entry is None:
        raise NotFound(f"There is no version {quoted(version)} of {quoted(project)} here.")
    task = entry.task or models.load(entry).task
    id_, kind = f"{project}/{version}", f"yolo{_SUFFIXES[task]}"
    return {
        "id": id_,
        "trainingId": id_,
        "versionId": version,
        "status": "finished",
        "modelType": kind,
        "modelIds": [id_],
        "modelCount": 1,
        "models": [{"modelId": id_, "modelType": kind}],
    }


def _workspace(call: Call, models: Models) -> Response:
    if KEY.name not in call.query:
        raise NotFound("There is nothing at this address; GET / lists what there is.")
    name = call.path["workspace"]
    projects = [
        _project(name, project, tuple(versions.values()), models) for project, versions in _projects(models).items()
    ]
    return json_response({"workspace": _workspace_of(name) | {"projects": projects}})


def _workspace_of(name: str) -> dict[str, Any]:
    return {"name": name, "url": name, "members": []}


def _versions(project: str, models: Models) -> dict[str, ModelEntry]:
    """At least one; raises NotFound."""
    versions = _projects(models).get(project)
    if not versions:
        raise NotFound(f"There is no project {quoted(project)} here.")
    return versions


def _projects(models: Models) -> dict[str, dict[str, ModelEntry]]:
    """Project -> version -> model, of every id of two parts that finds a model; a model of just that id comes first."""
    entries = models.entries()
    own = {name: entry for entry in entries for name in (entry.id, *entry.aliases)}
    others = {public: entry for name, entry in own.items() for public in public_ids(name)}
    projects: dict[str, dict[str, ModelEntry]] = {}
    for name, entry in (others | own).items():
        project, _, version = name.partition("/")
        if version and "/" not in version:
            projects.setdefault(project, {})[version] = entry
    return projects


def _project(workspace: str, name: str, entries: Sequence[ModelEntry], models: Models) -> dict[str, Any]:
    known = models.known(entries[0])
    task, names = (known.task, known.names) if known else (entries[0].task, entries[0].names or {})
    return {
        "id": f"{workspace}/{name}",
        "name": name,
        "type": TASK_TYPES[task] if task else "",  # of a list only: to learn it, all models would have to be loaded
        "annotation": name,
        "classes": dict.fromkeys(names.values(), 0),
        "colors": {},
        "created": _started(),
        "updated": _started(),
        "images": 0,
        "unannotated": 0,
        "public": False,
        "splits": {},
        "versions": len(entries),
    }


def _version(id_: str, name: str) -> dict[str, Any]:
    """No preprocessing is named: the package would resize the picture itself, by its own interpolation."""
    return {
        "id": id_,
        "name": name,
        "created": _started(),
        "images": 0,
        "augmentation": {},
        "preprocessing": {},
        "splits": {},
        "exports": [],
        "model": {"id": id_.partition("/")[2]},
    }


def _started() -> float:
    """Of this process, in Unix seconds: of a model no older date is known."""
    return round(time() - seconds_alive(), 3)


SIDE_ROUTES = (
    Side(
        "GET",
        "/{workspace}",
        _workspace,
        "The workspace's projects: all models that have versions.",
        "RoboflowWorkspace",
        query=(KEY,),
    ),
    Side(
        *("GET", "/{workspace}/{project}/{version}/v2/trainings", _trainings),
        *("The trainings of a version: here always one.", "RoboflowTrainings"),
    ),
    Side(
        *("GET", "/{workspace}/{project}/{version}/v2/trainings/get", _one_training),
        *("The training of a version.", "RoboflowTraining"),
    ),
)
