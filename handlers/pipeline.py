"""The way of a request, from its bytes to its answer, and the one place that catches what goes wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from handlers.decode import decode
from handlers.dialects.base import Call, Dialect
from handlers.errors import ApiError, BadRequest, NotFound, Unavailable
from handlers.fetch import fetch_image
from handlers.inputs import Limits, parse_body, read_body
from handlers.params import quoted
from handlers.places import Places
from handlers.render import render
from handlers.schema import Answer, ImageInput, InferenceRequest, Outcome, Want
from handlers.settings import Settings
from model_cache.cache import ModelCache
from model_cache.errors import InvalidOptions, ModelCacheError, ModelNotFound
from model_cache.manifest import ModelEntry
from model_cache.model import Model

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Pipeline:
    def __init__(self, settings: Settings, cache: ModelCache[Model]) -> None:
        self._settings = settings
        self._cache = cache
        self._limits = Limits(max_body=settings.max_body, timeout_s=settings.body_timeout_s)
        self._places = Places(settings.concurrency, settings.queue)
        # Threads start when they are first needed, so that none is there when the server forks.
        self._waiting = ThreadPoolExecutor(settings.concurrency + settings.queue, "waiting")
        self._working = ThreadPoolExecutor(settings.concurrency, "working")

    async def answer(self, dialect: Dialect, request: Request) -> Response:
        """Answer a prediction request in its dialect; every failure too."""
        try:
            return await self._answer(dialect, request)
        except ApiError as error:
            return dialect.error(error)
        except ModelCacheError as error:
            return dialect.error(_api_error(error))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception:
            logger.exception("A request failed")
            return dialect.error(ApiError("The request could not be answered; the fault is ours."))

    async def _answer(self, dialect: Dialect, request: Request) -> Response:
        started = perf_counter()
        body = await read_body(request, self._limits)
        async with self._places.admitted():
            wanted, model, pictures = await _in(self._waiting, lambda: self._prepare(dialect, request, body))
            async with self._places.slot():
                return await _in(self._working, lambda: self._predict(dialect, wanted, model, pictures, started))

    def _prepare(self, dialect: Dialect, request: Request, body: bytes) -> tuple[InferenceRequest, str, list[bytes]]:
        """All that may wait for others: the model's load, the pictures' download."""
        content = parse_body(body, request.headers.get("content-type"))
        wanted = dialect.parse(Call(request.path_params, request.query_params, content))
        model = self._find(wanted.models)
        return wanted, model, [self._bytes_of(picture) for picture in wanted.inputs]

    def _find(self, models: tuple[str, ...]) -> str:
        """The id of the first of these models that is there, loaded; of none named, of the default one."""
        entry = next(filter(None, map(self._known, models)), None) if models else self._cache.resolve(None)
        if entry is None:
            raise NotFound(f"There is no model {' or '.join(map(quoted, models))} here.")
        with self._cache.get(entry.id):
            return entry.id

    def _known(self, model: str) -> ModelEntry | None:
        try:
            return self._cache.resolve(model)
        except ModelNotFound:
            return None

    def _bytes_of(self, picture: ImageInput) -> bytes:
        if picture.url is None:
            return picture.data
        settings = self._settings
        if not settings.url_input:
            raise BadRequest("Image URLs are not accepted here: send the picture itself.")
        return fetch_image(
            picture.url, max_bytes=settings.max_url, timeout_s=settings.url_timeout_s, allow=settings.url_allow
        )

    def _predict(
        self, dialect: Dialect, wanted: InferenceRequest, model: str, pictures: list[bytes], started: float
    ) -> Response:
        with self._cache.get(model) as loaded:
            answers = tuple(self._one(loaded, wanted, picture) for picture in pictures)
            outcome = Outcome(model, loaded.metadata, answers, perf_counter() - started)
        return dialect.respond(wanted, outcome)

    def _one(self, model: Model, wanted: InferenceRequest, picture: bytes) -> Answer:
        frame = decode(picture, max_pixels=self._settings.max_pixels)
        found = model.predict(frame, wanted.options)
        return Answer(found, None if wanted.want is Want.JSON else render(frame, found, wanted.style))


async def _in(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work)


def _api_error(error: ModelCacheError) -> ApiError:
    if isinstance(error, ModelNotFound):
        return NotFound(str(error))
    if isinstance(error, InvalidOptions):
        return BadRequest(str(error))
    return Unavailable(str(error), {"Retry-After": "5"})
