"""The way of a request, from its bytes to its answer, and the one place that catches what goes wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from inspect import GEN_CLOSED, getgeneratorstate
from time import monotonic, perf_counter

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from handlers.access.access import Access
from handlers.access.callers import Caller
from handlers.dialects.base import Answerer, Call, Dialect, Head
from handlers.errors import ApiError, BadRequest, NotFound, Unavailable
from handlers.fetch import Cancellation, fetch_image
from handlers.hold import Hold
from handlers.inputs import Limits, Room, Share, parse_body, read_body
from handlers.observe.exchange import GONE, Exchange
from handlers.places import Places
from handlers.presence import present
from handlers.quota import Quotas
from handlers.schema import ImageInput
from handlers.served import Served
from handlers.settings import Settings
from handlers.stream import Lines, Steps, chain
from handlers.work import FrameLimits, Work
from model_cache.cache import ModelCache
from model_cache.errors import InvalidOptions, ModelCacheError, ModelNotFound
from model_cache.model import Model
from model_cache.stores.base import one_deadline

logger = logging.getLogger(__name__)
_BODIES = 4  # of the largest size may be held at once
_MOST_PICTURES = 64  # of one request
_Fetched = Callable[[Sequence[ImageInput]], tuple[bytes, ...]]
_Answer = Callable[[Call, Dialect, Caller, Hold], Awaitable[Response]]


class Pipeline:
    def __init__(self, settings: Settings, cache: ModelCache[Model]) -> None:
        self.access = Access(settings)
        self._quotas = Quotas(settings.quota_store)
        self._settings = settings
        self._cache = cache
        self._limits = Limits(max_body=settings.max_body, timeout_s=settings.body_timeout_s)
        self._frames = FrameLimits(settings.max_pixels, settings.max_video_frames)
        self._room = Room(_BODIES * settings.max_body)
        self.places = Places(settings.concurrency, settings.queue)
        # Threads start when they are first needed, so that none is there when the server forks.
        self._waiting = ThreadPoolExecutor(settings.concurrency + settings.queue, "waiting")
        self._working = ThreadPoolExecutor(settings.concurrency, "working")

    async def predict(self, dialects: Sequence[Dialect], request: Request) -> Response:
        """Answer a prediction in the dialect, of those that share its path, that claims it."""
        started = perf_counter()

        async def answer(call: Call, dialect: Dialect, caller: Caller, hold: Hold) -> Response:
            if (aside := dialect.aside(call)) is not None:
                return await hold.run(self._waiting, lambda: aside(call, Served(self._cache, caller)))
            share, given_up = hold.taken.enter_context(self._room.share()), Cancellation()
            hold.at_end(given_up.cancel)
            fetched = partial(self._fetched, share, given_up)
            exchange: Exchange = request.state.exchange
            work = await hold.run(self._waiting, lambda: self._prepare(call, dialect, caller, fetched, exchange))
            if work.long:
                return await self._step_by_step(work, hold, started)
            await hold.taken.enter_async_context(self.places.slot())
            entries = await hold.run(self._working, lambda: list(work.entries(self._cache, self._frames)))
            return work.respond(entries, perf_counter() - started)

        return await self._guard(dialects, request, answer)

    async def ask(self, dialect: Dialect, answerer: Answerer, request: Request) -> Response:
        """Answer one of a dialect's side routes."""

        async def answer(call: Call, _: Dialect, caller: Caller, hold: Hold) -> Response:
            return await hold.run(self._waiting, lambda: answerer(call, Served(self._cache, caller)))

        return await self._guard((dialect,), request, answer)

    async def _step_by_step(self, work: Work, hold: Hold, started: float) -> Response:
        """A video, several pictures, or lines: each frame takes its turn among the other requests."""
        made = work.entries(self._cache, self._frames)
        steps = Steps(made, self._working, self.places)

        def close() -> None:
            if getgeneratorstate(made) != GEN_CLOSED:
                hold.wait_for(steps.close())

        hold.at_end(close)
        entries = aiter(steps)
        if work.wanted.stream:
            first = await anext(entries, None)  # what fails at once still gets its own status
            lines = chain(first, entries) if first is not None else entries
            return Lines(lines, self._explain, hold.lend())
        return work.respond([entry async for entry in entries], perf_counter() - started)

    async def _guard(self, dialects: Sequence[Dialect], request: Request, answer: _Answer) -> Response:
        """Read the request and answer it; every failure too, in the dialect's own shape."""
        request.state.dialect = dialect = dialects[-1]
        try:
            head = Head(request.method, request.path_params, request.query_params, request.headers)
            caller = await self.access.by_head(dialects, head, request)
            request.state.exchange.caller = caller
            async with Hold() as hold:
                share = hold.taken.enter_context(self._room.share())
                body = await read_body(request, self._limits, share)
                async with present(request):
                    await hold.taken.enter_async_context(self.places.admitted())
                    content_type = request.headers.get("content-type")
                    content = await hold.run(self._waiting, lambda: parse_body(body, content_type))
                    call = Call(request.method, request.path_params, request.query_params, request.headers, content)
                    dialect = next((one for one in dialects if one.claims(call)), dialect)
                    request.state.dialect = dialect
                    caller = caller or await self.access.by_body(dialect, call, request)
                    request.state.exchange.caller = caller
                    return await answer(call, dialect, caller, hold)
        except ClientDisconnect:
            return Response(status_code=GONE)  # nobody is there to read it
        except asyncio.CancelledError as error:
            if not _by_server(error):
                raise
            return dialect.error(self._explain(error))
        except Exception as error:
            return dialect.error(self._explain(error))

    def _explain(self, error: BaseException) -> ApiError:
        """What the caller is told; what is our fault is logged."""
        if isinstance(error, ApiError):
            return error
        if isinstance(error, asyncio.CancelledError):  # by the server, at its end: see host/setup.py
            return Unavailable("The server is stopping; send the request again.", {"Retry-After": "1"})
        if isinstance(error, ModelNotFound):
            return NotFound(str(error))
        if isinstance(error, InvalidOptions):
            return BadRequest(str(error))
        if isinstance(error, ModelCacheError):
            return Unavailable(str(error), {"Retry-After": "5"})
        logger.error("A request failed", exc_info=error)
        return ApiError("The request could not be answered; the fault is ours.")

    def _prepare(self, call: Call, dialect: Dialect, caller: Caller, fetched: _Fetched, exchange: Exchange) -> Work:
        """All that may wait for others: the quotas' store, the model's load, the pictures' download."""
        self._quotas.spend(caller)
        wanted, models = dialect.parse(call), Served(self._cache, caller)
        if len(wanted.inputs) > _MOST_PICTURES:
            raise BadRequest(f"The request has more than {_MOST_PICTURES} pictures.")
        with one_deadline():
            entry = models.find(wanted.models)
            exchange.model, exchange.pictures = entry.id, len(wanted.inputs)
            exchange.cold = cold = not self._cache.loaded(entry.id)
            exchange.task = models.load(entry).task
        return Work(dialect, wanted, entry.id, fetched(wanted.inputs), exchange=exchange, cold=cold)

    def _fetched(self, share: Share, given_up: Cancellation, pictures: Sequence[ImageInput]) -> tuple[bytes, ...]:
        """The bytes of all. Those at URLs may be as many, and take as long, as if they had been sent."""
        end, settings = monotonic() + self._settings.body_timeout_s, self._settings
        found: list[bytes] = []
        for picture in pictures:
            if picture.url is None:
                found.append(picture.data)
                continue
            if not settings.url_input:
                raise BadRequest("Image URLs are not accepted here: send the picture itself.")
            data = fetch_image(
                picture.url,
                max_bytes=min(settings.max_url, settings.max_body - share.taken),
                timeout_s=min(settings.url_timeout_s, end - monotonic()),
                allow=settings.url_allow,
                cancellation=given_up,
            )
            share.add(len(data))
            found.append(data)
        return tuple(found)


def _by_server(error: asyncio.CancelledError) -> bool:
    """Whether it is uvicorn that cancelled, at its end, as it says; others have their own answer to that."""
    return "graceful shutdown" in str(error)
