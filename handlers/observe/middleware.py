"""The outermost of our middleware: makes a request's Exchange, and hands it on once the answer has ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Sequence
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.access.address import client_address
from handlers.observe.exchange import CURRENT, GONE, Exchange
from handlers.observe.trace import read_trace

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_LONGEST_AGENT = 256  # characters


class Observe:
    """`scope["state"]["exchange"]` is the request's Exchange.

    proxies: as TRUSTED_PROXIES; routes: the templates that may be named; notes: are called once an exchange, before
    the last of the answer is sent, so that whoever has the answer finds it counted.
    """

    def __init__(
        self, app: ASGIApp, proxies: int, routes: Collection[str], notes: Sequence[Callable[[Exchange], None]]
    ) -> None:
        self._app = app
        self._proxies = proxies
        self._routes = frozenset(routes)
        self._notes = notes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _begin(Request(scope), self._proxies)
        scope.setdefault("state", {})["exchange"] = exchange

        async def taken() -> Message:
            message = await receive()
            exchange.bytes_in += len(message.get("body", b""))
            exchange.gone |= message["type"] == "http.disconnect" and not exchange.ended
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            else:
                exchange.bytes_out += len(message.get("body", b""))
                if not message.get("more_body", False):
                    self._end(exchange, scope)
            await send(message)

        token = CURRENT.set(exchange)
        try:
            await self._app(scope, taken, sent)
        except asyncio.CancelledError:
            exchange.cut = 503  # the server stops
            raise
        finally:
            if not exchange.ended:
                exchange.status = exchange.cut
                self._end(exchange, scope)
            CURRENT.reset(token)

    def _end(self, exchange: Exchange, scope: Scope) -> None:
        exchange.ended, exchange.seconds = True, exchange.elapsed
        exchange.status = GONE if exchange.gone else exchange.status  # whatever was still said
        route = getattr(scope.get("route"), "path", "")
        exchange.route = route if route in self._routes else ""
        exchange.parameters = scope.get("path_params", {})
        dialect = scope["state"].get("dialect")
        exchange.dialect = type(dialect).__name__ if dialect is not None else ""
        for note in self._notes:
            note(exchange)


def _begin(request: Request, proxies: int) -> Exchange:
    asked = request.headers.get("x-request-id", "")
    return Exchange(
        request.method,
        request.scope["path"],
        asked if _REQUEST_ID.fullmatch(asked) else uuid4().hex,
        read_trace(request.headers),
        client_address(request, proxies),
        request.headers.get("user-agent", "")[:_LONGEST_AGENT],
    )
