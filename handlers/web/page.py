"""GET / for a browser, GET /docs, and the files that they then ask for. Nothing on them comes from any other host."""

from __future__ import annotations

from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

from handlers.settings import Settings
from handlers.versions import VERSION
from handlers.web.files import STATIC, Files, collect
from model_cache.builtin import EXAMPLES, WEIGHTS

_EXAMPLES = ("shapes", "crowd", "portrait", "one", "panorama")  # in this order; the large one is for tests
_FOR_EVER = "public, max-age=31536000, immutable"
_AGAIN = "no-cache"  # keep it, and ask each time whether it is still so


class Page:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._html: dict[str, bytes] = {}

    @staticmethod
    def wanted(request: Request) -> bool:
        """Whether a person's browser asks; what takes any type, as curl does, is a program."""
        return "text/html" in request.headers.get("accept", "").lower()

    def respond(self, request: Request) -> Response:
        return self._text(request, "page.html")

    async def reference(self, request: Request) -> Response:
        """The API's description, to be read."""
        return self._text(request, "reference/page.html")

    def _text(self, request: Request, name: str) -> Response:
        headers = {"ETag": f'"{self._files.digest}"', "Cache-Control": _AGAIN, "Vary": "Accept"} | self._policies
        if self._files.digest in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if name not in self._html:
            self._html[name] = _filled(name, self._files)
        return Response(self._html[name], headers=headers, media_type="text/html")

    async def file(self, request: Request) -> Response:
        """One of the files. Of another version's digest, as while an update is rolled out, ours, not to be kept."""
        found = self._files.by_name.get(request.path_params["name"])
        if found is None:
            return Response("There is no such file.\n", 404, media_type="text/plain")
        current = request.path_params["digest"] == self._files.digest
        headers = {"Cache-Control": _FOR_EVER if current else "no-store"}
        data = found.data
        if found.gzipped is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                data, headers["Content-Encoding"] = found.gzipped, "gzip"
        return Response(data, headers=headers, media_type=found.media_type)

    @cached_property
    def _files(self) -> Files:
        """Read when a browser first asks: programs, and cold starts, need none of them."""
        settings = self._settings
        builtin = settings.model_store == str(WEIGHTS)
        return collect(
            {
                "version": VERSION,
                "maxBodyMb": settings.max_body_mb,
                "maxVideoFrames": settings.max_video_frames,
                "source": settings.source_url,
                "regions": [{"name": name, "url": url} for name, url in settings.sister_urls],
                # They show what the built-in models know, and mean nothing to others.
                "examples": [name for name in _EXAMPLES if (EXAMPLES / f"{name}.jpg").exists()] if builtin else [],
            }
        )

    @cached_property
    def _policies(self) -> dict[str, str]:
        sisters = " ".join(("", *(url for _, url in self._settings.sister_urls)))
        return {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                f"media-src blob:; connect-src 'self'{sisters}; frame-ancestors 'none'; base-uri 'none'; "
                "form-action 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }


def _filled(name: str, files: Files) -> bytes:
    """The page of that name, whose modules are fetched before it says that it needs them."""
    # Relative, so that the service may sit below a path of its host.
    folder = f"assets/{files.digest}/"
    own = [one for one in files.modules if one == "dom.js" or one.startswith("reference/") == ("/" in name)]
    early = "\n".join(f'<link rel="modulepreload" href="{folder}{module}">' for module in own)
    return (STATIC / name).read_text().replace("<!-- modules -->", early).replace("{{assets}}", folder).encode()
