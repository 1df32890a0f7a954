"""The Starlette application: the fixed routes first, then every dialect's, then none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from handlers.aws import WithinLambda, on_lambda, prepare
from handlers.dialects import DIALECTS
from handlers.dialects.base import Dialect, json_response
from handlers.errors import NotAllowed, NotFound
from handlers.middleware import CommonHeaders
from handlers.observe import request_line
from handlers.observe.metrics import Metrics
from handlers.observe.middleware import Observe
from handlers.observe.scrape import Scrape
from handlers.openapi.served import Description
from handlers.pipeline import Pipeline
from handlers.settings import Settings, read_settings
from handlers.traffic import TRAFFIC
from handlers.versions import VERSION, seconds_alive
from handlers.web import Page, listing
from model_cache.cache import ModelCache
from model_cache.errors import ModelCacheError
from model_cache.model import Model, open_entry
from model_cache.stores import open_store
from model_cache.stores.base import Store

_EXPOSED = (
    *("X-Request-Id", "Retry-After", "X-RateLimit-Reset", "X-Model-Id", "X-Model-Cold-Start", "X-Processing-Time"),
    "Server-Timing",
)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(settings: Settings | None = None, store: Store | None = None) -> Starlette:
    """The application with its cache and its routes; raises InvalidSetting. Loads nothing yet.

    store: the one that the settings name, where it is open already.
    """
    settings = settings or read_settings()
    cache = ModelCache(
        store or open_store(settings.model_store),
        partial(open_entry, execution=settings.execution),
        settings.cache_dir,
        settings.cache_bytes,
        poll_s=settings.store_poll_s,
        default=settings.default_model,
    )
    # gunicorn imports us and then forks its worker: the default model is loaded in the worker, from
    # its first moment on, and never before, since threads and sessions do not survive a fork.
    os.register_at_fork(after_in_child=cache.start_loading)
    pipeline = Pipeline(settings, cache)
    if on_lambda():
        prepare(cache.start_loading)
    page, metrics = Page(settings), Metrics()
    ours = [
        Route("/", partial(_front, page)),
        Route("/assets/{digest}/{name:path}", page.file),
        Route("/models", partial(pipeline.ask, DIALECTS[0], listing)),
        Route("/openapi.json", Description(settings).respond),
        Route("/docs", page.reference),
        Route("/health", partial(_health, cache, settings.allow_anonymous)),
        Route("/metrics", Scrape(metrics, pipeline, cache).answer),
    ]
    routes = [
        *ours,
        # At / others are answered, too.
        *(_refusal(route.path, DIALECTS[0], ["GET"]) for route in ours if route.path != "/"),
        # What begins with a name of its own comes before what begins with any: a dataset may be called "infer".
        *sorted((*_predict_routes(pipeline), *_side_routes(pipeline)), key=lambda route: route.path.startswith("/{")),
    ]
    templates = {route.path for route in routes}
    routes.append(Route("/{path:path}", _not_found, methods=_METHODS))
    # Pages of any origin may ask, with a key that they were given, but never with the browser's credentials.
    browsers = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=[*_EXPOSED],
    )
    bounds = [Middleware(WithinLambda)] if on_lambda() else []
    notes = (metrics.note, TRAFFIC.note, request_line.note)
    observed = Middleware(Observe, settings.trusted_proxies, templates, notes)
    return Starlette(routes=routes, middleware=[observed, Middleware(CommonHeaders), browsers, *bounds])


def _side_routes(pipeline: Pipeline) -> Iterator[Route]:
    for dialect in DIALECTS:
        for side in dialect.side_routes:
            yield Route(side.path, partial(pipeline.ask, dialect, side.answerer), methods=[side.method])
            if not side.path.startswith("/{"):  # where any name may stand, there may be nothing
                yield _refusal(side.path, dialect, [side.method])


def _predict_routes(pipeline: Pipeline) -> Iterator[Route]:
    """One route a path, for all the dialects that share it."""
    sharing: dict[str, list[Dialect]] = {}
    for dialect in DIALECTS:
        for path in dialect.predict_routes:
            sharing.setdefault(path, []).append(dialect)
    for path, dialects in sharing.items():
        methods = list(dict.fromkeys(method for dialect in dialects for method in dialect.predict_methods))
        yield Route(path, partial(pipeline.predict, dialects), methods=methods)
        yield _refusal(path, dialects[-1], methods)


def _refusal(path: str, dialect: Dialect, allowed: list[str]) -> Route:
    """What answers all methods but those."""
    return Route(path, partial(_not_allowed, dialect, ", ".join(allowed)), methods=_METHODS)


async def _front(page: Page, request: Request) -> Response:
    """The page for a browser; what is here, for a program or a person with curl."""
    if page.wanted(request):
        return page.respond(request)
    paths = list(dict.fromkeys(path for dialect in DIALECTS for path in dialect.predict_routes))
    places = {name: f"/{name}" for name in ("health", "models", "metrics", "docs")} | {"openapi": "/openapi.json"}
    said = {"name": "yolo-endpoint", "version": VERSION, **places, "predict": paths}
    return json_response(said, headers={"Vary": "Accept"})


async def _health(cache: ModelCache[Model], names: bool, request: Request) -> Response:
    """Always 200 while the process serves; with `load=1`, once the default model is loaded, or 503.

    names: whether models are named, which only a key's owner may know where one is needed.
    """
    state = {"status": "ok", "version": VERSION, "secondsAlive": round(seconds_alive(), 3)}
    if request.query_params.get("load") in ("1", "true"):
        try:
            await asyncio.to_thread(_load, cache)
        except ModelCacheError as error:
            said = str(error) if names else "The default model cannot be loaded."
            return json_response(state | _models(cache, names) | {"status": "error", "error": said}, 503)
    return json_response(state | _models(cache, names))


def _models(cache: ModelCache[Model], names: bool) -> dict[str, Any]:
    """The default model, and which models are loaded; nothing here waits for the store."""
    snapshot = cache.snapshot()
    loaded = snapshot.default is not None and snapshot.default in snapshot.loaded
    known = {"defaultModel": snapshot.default, "loaded": loaded, "models": snapshot.loaded}
    return known if names else {"loaded": loaded}


def _load(cache: ModelCache[Model]) -> None:
    with cache.get(None):
        pass


async def _not_allowed(dialect: Dialect, allowed: str, request: Request) -> Response:
    return dialect.error(NotAllowed(f"{request.method} is not allowed here, only {allowed}.", {"Allow": allowed}))


async def _not_found(request: Request) -> Response:
    return DIALECTS[0].error(NotFound("There is nothing at this address; GET / lists what there is."))
