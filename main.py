"""The function: `functions-framework --target predict` serves it, and so do Cloud Run and make serve."""

from __future__ import annotations

import os

import functions_framework.aio
from starlette.applications import Starlette
from starlette.requests import Request

from handlers.app import create_app

# Who asks, behind proxies, is for TRUSTED_PROXIES to say: left to itself the server believes X-Forwarded-For of
# any caller on this machine.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "")

try:
    app = create_app()
except ValueError as error:  # a setting or the store's address: a sentence says more than a trace
    raise SystemExit(f"yolo-endpoint cannot start: {error}") from None


@functions_framework.aio.http  # type: ignore[untyped-decorator]
async def predict(request: Request) -> Starlette:
    """Hand the request over to our own application, routes and all: what is returned is called as ASGI."""
    return app
