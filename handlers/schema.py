"""What a dialect makes of a request, and what the pipeline then works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from model_cache.metadata import Metadata
from model_cache.prediction import Options, Prediction


class Want(Enum):
    """What the caller wants back."""

    JSON = "json"
    IMAGE = "image"
    BOTH = "image_and_json"


@dataclass(frozen=True)
class ImageInput:
    """One picture as it came: its bytes, or the address that it is to be fetched from."""

    data: bytes = b""
    url: str | None = None


@dataclass(frozen=True)
class Style:
    """How a picture is annotated. None leaves the choice to the renderer.

    stroke: the lines' width in pixels.
    labels: whether class names are written; confidences go with them.
    """

    stroke: int | None = None
    labels: bool = True


@dataclass(frozen=True)
class InferenceRequest:
    """models: the ids or aliases to look for, in this order; none asks for the default model.

    stride: of a video the last of every so many frames is answered.
    upright: whether a picture is turned as its EXIF orientation says.
    stream: whether the entries are to come as lines, each when it is made.
    extras: what only the dialect that made the request reads again when it answers.
    """

    models: tuple[str, ...]
    inputs: tuple[ImageInput, ...]
    options: Options = Options()
    want: Want = Want.JSON
    style: Style = Style()
    stride: int = 1
    upright: bool = True
    stream: bool = False
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """An annotated picture or video, encoded."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Answer:
    """What one frame of a request came to. jpeg: the annotated frame, where it is wanted."""

    prediction: Prediction
    jpeg: bytes | None = None


@dataclass(frozen=True)
class Outcome:
    """All that a dialect answers from.

    model: the id of the model that answered; entries: what the dialect said of each picture;
    seconds: the whole call's; picture: the annotated picture or video, where it is wanted;
    cold: whether the model was not in memory when the request came.
    """

    model: str
    metadata: Metadata
    entries: tuple[Any, ...]
    seconds: float
    picture: Picture | None = None
    cold: bool = False
