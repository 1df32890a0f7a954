"""What is to be said of each dialect beside what its own tables say: one row a dialect, in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.dialects.base import Dialect
from handlers.dialects.roboflow_hosted import RoboflowHosted
from handlers.dialects.roboflow_inference import RoboflowInference
from handlers.dialects.ultralytics_hub import UltralyticsHub
from handlers.dialects.ultralytics_hub_v8 import UltralyticsHubV8
from handlers.dialects.ultralytics_platform import UltralyticsPlatform
from handlers.fields import Field
from handlers.openapi import bodies
from handlers.openapi.examples import Names
from handlers.openapi.schemas import Schema


@dataclass(frozen=True)
class Described:
    """One dialect. name: of its components; tag, about: as the reader sees it.

    errors: the names of its errors' schemas by status, None for the rest; answers: of a prediction, by media type.
    body: of a predicting path -> the media types that a POST may have.
    query: of a method and a predicting path -> what may stand in the query, and the examples' values of it.
    """

    name: str
    tag: str
    about: str
    errors: dict[int | None, str]
    answers: tuple[str, ...]
    body: Callable[[str, Names], Mapping[str, Schema]]
    query: Callable[[str, str], Mapping[Field, str | None]]
    streams: str | None = None
    pictures: bool = True


DESCRIBED: dict[type[Dialect], Described] = {
    UltralyticsPlatform: Described(
        "Platform",
        "Ultralytics Platform",
        "Shared inference by model, and dedicated endpoints, as ultralytics-platform and `ul` ask them. "
        "Of several parts of a model's address, the last that name a model of the store count.",
        {None: "PlatformError"},
        ("UltralyticsAnswer",),
        bodies.platform,
        bodies.platform_query,
        streams="UltralyticsImage",
    ),
    RoboflowInference: Described(
        "Inference",
        "Roboflow Inference",
        "One JSON route a task, and the registry that inference-sdk reads before it predicts.",
        {None: "RoboflowError", 422: "RoboflowUnprocessable"},
        ("RoboflowAnswers",),
        bodies.inference,
        bodies.nothing,
        pictures=False,
    ),
    RoboflowHosted: Described(
        "Hosted",
        "Roboflow hosted API",
        "A dataset and a version, options in the query, as the roboflow package and plain curl ask. "
        "A model that has no version is its own first.",
        {None: "RoboflowError", 422: "RoboflowUnprocessable"},
        ("RoboflowAnswers", "RoboflowProject"),
        bodies.hosted,
        bodies.hosted_query,
    ),
    UltralyticsHubV8: Described(
        "HubV8",
        "Ultralytics HUB, older form",
        "HUB's inference API as it was with YOLOv8: `image`, `url`, `size` or `confidence` tell it from the newer.",
        {None: "HubError"},
        ("HubV8Answer",),
        bodies.hub_v8,
        bodies.hub_v8_query,
        streams="UltralyticsRows",
    ),
    UltralyticsHub: Described(
        "Hub",
        "Ultralytics HUB",
        "HUB's inference API, newer form, and what hub-sdk asks before it.",
        {None: "HubError"},
        ("UltralyticsAnswer",),
        bodies.hub,
        bodies.hub_query,
        streams="UltralyticsImage",
    ),
}
