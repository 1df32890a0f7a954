"""What the description's examples send: a picture is "@picture.jpg", as curl writes a file, or a small one's base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handlers.openapi.schemas import Schema

FILE = "@picture.jpg"


def small_picture() -> str:
    """64 by 48 pixels, with shapes that the built-in models know: a request that needs nothing else."""
    return base64.b64encode((Path(__file__).parent / "picture.webp").read_bytes()).decode()


@dataclass(frozen=True)
class Names:
    """The model that the examples ask, by the names of the routes' parameters."""

    model: str
    dataset: str
    version: str

    def of_path(self, path: str) -> dict[str, str]:
        values = {"owner": "me", "workspace": "me", "task": "object_detection"}
        values |= {"model": self.model, "dataset": self.dataset, "project": self.dataset, "version": self.version}
        return {name: value for name, value in values.items() if f"{{{name}}}" in path}

    @property
    def dataset_version(self) -> str:
        return f"{self.dataset}/{self.version}"


def names_of(model: str) -> Names:
    """`helmets` is also the first version of a dataset of that name."""
    dataset, _, version = model.rpartition("/")
    return Names(version, dataset.replace("/", "-") or version, version if dataset else "1")


def example(name: str, value: Any) -> Schema:
    """As a media type has it."""
    return {"examples": {name: {"value": value}}}
