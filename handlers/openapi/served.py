"""GET /openapi.json. The description is made when it is first asked for: a cold start needs none of it."""

from __future__ import annotations

import gzip
from functools import cached_property

import orjson
from starlette.requests import Request
from starlette.responses import Response

from handlers.settings import Settings

_ANY = "my-model"  # where strangers are told of no model


class Description:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def respond(self, request: Request) -> Response:
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self._document, headers=headers, media_type="application/json")
        headers["Content-Encoding"] = "gzip"
        return Response(self._gzipped, headers=headers, media_type="application/json")

    @cached_property
    def _document(self) -> bytes:
        from handlers.openapi.document import build

        anonymous = self._settings.allow_anonymous
        return orjson.dumps(build((anonymous and self._settings.default_model) or _ANY, anonymous=anonymous))

    @cached_property
    def _gzipped(self) -> bytes:
        return gzip.compress(self._document, mtime=0)
