"""The pictures of one request -> what is answered of each, one after the other. Runs in worker threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from handlers.decode import decode
from handlers.dialects.base import Dialect
from handlers.errors import BadRequest
from handlers.render import render
from handlers.schema import Answer, InferenceRequest, Outcome, Want
from model_cache.cache import ModelCache
from model_cache.metadata import Metadata
from model_cache.model import Model


class Work:
    """model: the id of the model that answers; metadata: what it says of itself; media: each picture's bytes."""

    def __init__(
        self, dialect: Dialect, wanted: InferenceRequest, model: str, metadata: Metadata, media: tuple[bytes, ...]
    ) -> None:
        if wanted.want is Want.IMAGE and len(media) > 1:
            raise BadRequest("One annotated picture can be answered at a time: send one picture.")
        self._dialect = dialect
        self._wanted = wanted
        self._model = model
        self._metadata = metadata
        self._media = media
        self._picture: bytes | None = None

    def entries(self, cache: ModelCache[Model], max_pixels: int) -> Iterator[Any]:
        """What the dialect says of each picture, in their order, as it is predicted."""
        with cache.get(self._model) as model:
            for data in self._media:
                frame = decode(data, max_pixels=max_pixels)
                found = model.predict(frame, self._wanted.options)
                self._picture = None if self._wanted.want is Want.JSON else render(frame, found, self._wanted.style)
                yield self._dialect.entry(self._wanted, Answer(found, self._picture))

    def respond(self, entries: list[Any], seconds: float) -> Response:
        outcome = Outcome(self._model, self._metadata, tuple(entries), seconds, self._picture)
        return self._dialect.respond(self._wanted, outcome)
