"""The function: `functions-framework --target predict` serves it, and so do Cloud Run and make serve.

On AWS Lambda `python -m awslambdaric main.lambda_handler` does, without the framework.
"""

from __future__ import annotations

import os
from typing import Any

from handlers import early

try:
    settings, store = early.begin()  # before the imports below: it fetches while they are under way
except ValueError as error:  # a setting or the store's address: a sentence says more than a trace
    raise SystemExit(f"yolo-endpoint cannot start: {error}") from None

from starlette.applications import Starlette
from starlette.requests import Request

from handlers.app import create_app
from handlers.aws import on_lambda, respond
from handlers.host.setup import set_up
from handlers.observe.log import configure

# Who asks, behind proxies, is for TRUSTED_PROXIES to say: left to itself the server believes X-Forwarded-For of
# any caller on this machine.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "")

configure(settings.log_format, os.environ.get("GOOGLE_CLOUD_PROJECT", ""))
try:
    app = create_app(settings, store)
except ValueError as error:  # as above, of what only the application reads: keys, quotas
    raise SystemExit(f"yolo-endpoint cannot start: {error}") from None
early.end()
set_up(settings.body_timeout_s)


async def predict(request: Request) -> Starlette:
    """Hand the request over to our own application, routes and all: what is returned is called as ASGI."""
    return app


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event of a Lambda Function URL, or of an API Gateway."""
    return respond(app, event, context)


if not on_lambda():
    import functions_framework.aio

    predict = functions_framework.aio.http(predict)
