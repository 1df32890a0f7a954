"""GET /metrics: the counts, for whom they are meant."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from handlers.dialects import DIALECTS
from handlers.dialects.base import Head
from handlers.errors import ApiError, Forbidden, Unauthorized
from handlers.observe.exposition import MEDIA_TYPE
from handlers.observe.metrics import Metrics
from handlers.pipeline import Pipeline
from model_cache.cache import ModelCache
from model_cache.model import Model


class Scrape:
    """Past the queue, so that a server with a full one can still say so."""

    def __init__(self, metrics: Metrics, pipeline: Pipeline, cache: ModelCache[Model]) -> None:
        self._metrics = metrics
        self._pipeline = pipeline
        self._cache = cache

    async def answer(self, request: Request) -> Response:
        """Where there are keys, with one that may use every model: all of them are named here."""
        dialect, access = DIALECTS[0], self._pipeline.access
        head = Head(request.method, request.path_params, request.query_params, request.headers)
        try:
            caller = await access.by_head((dialect,), head, request)
            request.state.exchange.caller = caller
            if access.keyed and (caller is None or caller.name is None):
                raise Unauthorized("A key is needed here, and none came with the request.")
            if caller is not None and caller.models is not None:
                raise Forbidden("The metrics name every model, and this key may use some only.")
        except ApiError as error:
            return dialect.error(error)
        text = self._metrics.text(self._cache.snapshot(), self._pipeline.places, access.failed)
        return Response(text, headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"})
