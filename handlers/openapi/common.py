"""The routes that belong to no vendor: what is here, whether it is well, and its description."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.fields import Field, Flag
from handlers.openapi.schemas import FLAG, NUMBER, TEXT, Schema, closed, listed, ref

TAG = "Service"
LOAD = Flag("load", "Answer once the default model is loaded, or 503.")


@dataclass(frozen=True)
class Common:
    """responds: status -> media type -> schema."""

    method: str
    path: str
    summary: str
    responds: dict[str, dict[str, Schema]]
    query: tuple[Field, ...] = ()


_JSON = "application/json"

ROUTES = (
    Common("GET", "/", "What is here.", {"200": {_JSON: ref("Summary")}}),
    Common(
        *("GET", "/health", "Whether the process serves; its key for models is there where no key is needed."),
        {"200": {_JSON: ref("Health")}, "503": {_JSON: ref("Health")}},
        (LOAD,),
    ),
    Common("GET", "/openapi.json", "This description.", {"200": {_JSON: {"type": "object"}}}),
)

SCHEMAS: dict[str, Schema] = {
    "Summary": closed({"name": TEXT, "version": TEXT, "health": TEXT, "predict": listed(TEXT, "Paths.")}),
    "Health": closed(
        {"status": {"enum": ["ok", "error"]}, "version": TEXT, "secondsAlive": NUMBER, "loaded": FLAG},
        {"defaultModel": {"type": ["string", "null"]}, "models": listed(TEXT, "Those that are loaded."), "error": TEXT},
    ),
}
