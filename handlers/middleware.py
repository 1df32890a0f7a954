"""Headers that every answer carries, whatever its dialect; and an answer, whatever went wrong."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.dialects import DIALECTS
from handlers.errors import ApiError
from handlers.observe.exchange import Exchange

logger = logging.getLogger(__name__)


class CommonHeaders:
    """Adds `X-Request-Id`, the caller's own where it sent a sane one, `Server-Timing` and `X-Content-Type-Options`.

    What no one has caught is answered here: further out nobody knows a request's id. Stands inside Observe.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange: Exchange = scope["state"]["exchange"]
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = exchange.request_id
                headers["Server-Timing"] = exchange.timing.header(exchange.elapsed)
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except ClientDisconnect:
            pass  # nobody is there to answer
        except Exception:
            logger.exception("A request failed")
            exchange.cut = 500
            if not started:
                dialect = scope["state"].get("dialect", DIALECTS[0])
                answer = dialect.error(ApiError("The request could not be answered; the fault is ours."))
                await answer(scope, receive, with_headers)
