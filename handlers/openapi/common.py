"""The routes that belong to no vendor: what is here, whether it is well, its page, and its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.dialects import DIALECTS
from handlers.dialects.base import Dialect
from handlers.fields import Field, Flag
from handlers.openapi.schemas import FILE, FLAG, NUMBER, TEXT, Schema, closed, listed, one_of, ref, said
from model_cache.prediction import TASKS

TAG = "Service"
LOAD = Flag("load", "Answer once the default model is loaded, or 503.")
_JSON, _HTML = "application/json", "text/html"
_PAGE = said(TEXT, "A page, for a browser.")
_UNCHANGED: dict[str, Schema] = {}


@dataclass(frozen=True)
class Common:
    """responds: status -> media type -> schema; path_values: of the example.

    dialect: whose keys are asked for, and whose errors are answered; None where it is open.
    """

    method: str
    path: str
    summary: str
    responds: Mapping[str, Mapping[str, Schema]]
    query: tuple[Field, ...] = ()
    path_values: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect | None = None


ROUTES = (
    Common(
        *("GET", "/", "What is here; for a browser, the page on which it can be tried."),
        {"200": {_JSON: ref("Summary"), _HTML: _PAGE}, "304": _UNCHANGED},
    ),
    Common("GET", "/docs", "This description, to be read.", {"200": {_HTML: _PAGE}, "304": _UNCHANGED}),
    Common("GET", "/openapi.json", "This description.", {"200": {_JSON: {"type": "object"}}}),
    Common(
        *("GET", "/assets/{digest}/{name}", "A file of the pages."),
        {
            "200": {"text/javascript": TEXT, "text/css": TEXT, "image/svg+xml": TEXT, "image/jpeg": FILE},
            "404": {"text/plain": TEXT, _JSON: ref("PlatformError")},
        },
        path_values={"digest": "any", "name": "icon.svg"},
    ),
    Common(
        *("GET", "/models", "All models, and where each predicts.", {"200": {_JSON: ref("Models")}}),
        dialect=DIALECTS[0],
    ),
    Common(
        *("GET", "/health", "Whether the process serves. Models are named where no key is needed."),
        {"200": {_JSON: ref("Health")}, "503": {_JSON: ref("Health")}},
        (LOAD,),
    ),
    Common(
        *(
            "GET",
            "/metrics",
            "Counts, in Prometheus' text format. A key of some models only is refused.",
        ),
        {"200": {"text/plain": TEXT}},
        dialect=DIALECTS[0],
    ),
)

_OPTIONAL_TEXT = {"type": ["string", "null"]}
_MODEL = closed(
    {
        "id": TEXT,
        "predict": said(TEXT, "The path that it predicts at."),
        "task": one_of(*TASKS, None),
        "imgsz": said({"type": ["integer", "null"]}, "Pixels."),
        "classNames": {"type": ["array", "null"], "items": TEXT},
        "loaded": FLAG,
    },
    about="`task`, `imgsz` and `classNames` are null where they are not known before the model is loaded.",
)
SCHEMAS: dict[str, Schema] = {
    "Summary": closed(
        dict.fromkeys(("name", "version", "health", "models", "metrics", "docs", "openapi"), TEXT)
        | {"predict": listed(TEXT, "Paths.")}
    ),
    "Models": closed({"default": _OPTIONAL_TEXT, "models": listed(_MODEL)}),
    "Health": closed(
        {"status": one_of("ok", "error"), "version": TEXT, "secondsAlive": NUMBER, "loaded": FLAG},
        {"defaultModel": _OPTIONAL_TEXT, "models": listed(TEXT, "Those that are loaded."), "error": TEXT},
    ),
}
