"""Our application on AWS Lambda. In: an event that holds an HTTP request (a Function URL's). Out: the answer as a dict.

What Lambda itself would end without a word, an answer too large for it or a call too long, gets an error here.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.dialects import DIALECTS
from handlers.errors import ApiError, TooLarge, Unavailable

# An answer is JSON around the body. One byte more than Lambda's 6 MB and the runtime client ends its process.
_MOST = 6 * 2**20 - 2**14
_AS_TEXT = ("text/", "application/json")  # anything else travels as base64
_INIT_S = 8.0  # of the ten that Lambda gives a start before it begins anew
_MARGIN_S = 1.0  # before Lambda ends the call

Event = dict[str, Any]


def on_lambda() -> bool:
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def prepare(start_loading: Callable[[], threading.Thread]) -> None:
    """Load the default model at the start: there is no fork to wait for, and the processor is at its fastest."""
    os.environ.setdefault("HOME", tempfile.gettempdir())  # nothing else can be written to
    start_loading().join(_INIT_S)


def respond(app: Starlette, event: Event, context: Any) -> Event:
    """Answer one event; one that is no HTTP request gets a 400."""
    if not isinstance(event, dict) or "requestContext" not in event:
        message = "This function answers HTTP requests: call its URL."
        return {"statusCode": 400, "headers": {"content-type": "application/json"}, "body": _error_json(message)}
    answer: Event = _bridge(app)(event, context)
    return answer


@cache
def _bridge(app: Starlette) -> Callable[[Event, Any], Event]:
    from mangum import Mangum

    return Mangum(app, lifespan="off", text_mime_types=[*_AS_TEXT])


class WithinLambda:
    """Middleware that holds an answer back until it is whole, in time, and small enough."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        try:
            async with asyncio.timeout(_seconds_left(scope)):
                await self._app(scope, receive, hold)
        except TimeoutError:
            error: ApiError = Unavailable("The answer was not ready in the time that this function may run.")
        else:
            if _size(held) <= _MOST:
                for message in held:
                    await send(message)
                return
            error = TooLarge(
                "The answer is larger than AWS Lambda returns, 6 MB in base64: ask for JSON alone, or send less."
            )
        dialect = scope.get("state", {}).get("dialect", DIALECTS[0])
        response: Response = dialect.error(error)
        await response(scope, receive, send)


def _seconds_left(scope: Scope) -> float | None:
    context = scope.get("aws.context")
    return context.get_remaining_time_in_millis() / 1000 - _MARGIN_S if context is not None else None


def _size(messages: list[Message]) -> int:
    """Bytes of an answer's body in the JSON that Lambda takes."""
    body = b"".join(message.get("body", b"") for message in messages)
    headers = dict(messages[0]["headers"]) if messages else {}
    if not headers.get(b"content-type", b"").decode("latin-1").startswith(_AS_TEXT):
        return -(-len(body) // 3) * 4
    # At most six bytes for one, as in \\u0000; counted out only where that could be too much.
    return len(body) if len(body) * 6 <= _MOST else len(json.dumps(body.decode(errors="replace")))


def _error_json(message: str) -> str:
    return json.dumps({"error": message})
