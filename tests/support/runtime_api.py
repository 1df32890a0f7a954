"""AWS Lambda, as a container sees it. In: HTTP requests. Out: the function's answers, through the real runtime client.

The stand-in is Lambda's Runtime API (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) on the loopback address,
and a Function URL that makes events of payload format 2.0.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

import httpx

from tests.support.loopback import QuietHandler, running
from tests.support.server import ROOT

PAYLOAD = 6_291_556  # bytes, of an event and of an answer
_START_S = 60
_TEXTS = ("text/", "application/json", "application/xml", "application/javascript")


class Lambda:
    """The function, started as Lambda starts a container image, inside a with block.

    answers: what it posted for each event; errors: what it posted as failures; waiting: set when it first asks
    for an event.
    """

    def __init__(self, folder: Path, seconds: float = 60.0, environment: Mapping[str, str] | None = None) -> None:
        """seconds: the function's timeout."""
        self._seconds = seconds
        self._log = folder / f"lambda-{uuid4().hex}.log"
        self._environment = _without_home() | {
            "AWS_LAMBDA_FUNCTION_NAME": "helmets",
            "ALLOW_ANONYMOUS": "true",
            "CACHE_DIR": str(folder / "cache"),
            **(environment or {}),
        }
        self.events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.answers: queue.Queue[bytes] = queue.Queue()
        self.errors: list[dict[str, Any]] = []
        self.waiting = threading.Event()
        self.closing = threading.Event()

    @property
    def deadline_ms(self) -> int:
        return int((time.time() + self._seconds) * 1000)

    def __enter__(self) -> Lambda:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.function = self
        self._serving = running(self._server)
        self._serving.__enter__()
        where = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}"}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", "main.lambda_handler"],
                cwd=ROOT,
                env=self._environment | where,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.process.kill()
        self.process.wait()
        self._serving.__exit__(None, None, None)

    def invoke(self, event: Any) -> Any:
        """What the function returns for an event; its process must outlive that."""
        self.events.put((uuid4().hex, json.dumps(event).encode()))
        deadline = time.monotonic() + _START_S
        while True:
            with suppress(queue.Empty):
                return json.loads(self.answers.get(timeout=0.2))
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()

    def client(self) -> httpx.Client:
        """Asks the function through its URL."""
        return httpx.Client(transport=_FunctionUrl(self), base_url="https://abc.lambda-url.us-east-1.on.aws")

    def log(self) -> str:
        return self._log.read_text(errors="replace")


class _FunctionUrl(httpx.BaseTransport):
    def __init__(self, function: Lambda) -> None:
        self._function = function

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._function.invoke(url_event(request))
        body = answer.get("body", "")
        content = base64.b64decode(body, validate=True) if answer["isBase64Encoded"] else body.encode()
        return httpx.Response(answer["statusCode"], headers=answer["headers"], content=content)


def url_event(request: httpx.Request) -> dict[str, Any]:
    """What a Function URL makes of a request: payload format 2.0."""
    body, kind = request.read(), request.headers.get("content-type", "")
    as_text = kind.startswith(_TEXTS)
    http = {
        "method": request.method,
        "path": request.url.path,
        "protocol": "HTTP/1.1",
        "sourceIp": "203.0.113.7",
        "userAgent": request.headers.get("user-agent", ""),
    }
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.url.raw_path.decode().partition("?")[0],
        "rawQueryString": request.url.query.decode(),
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "requestContext": {"http": http, "requestId": uuid4().hex, "stage": "$default"},
        "isBase64Encoded": bool(body) and not as_text,
    }
    if body:
        event["body"] = body.decode() if as_text else base64.b64encode(body).decode()
    return event


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    function: Lambda


class _Handler(QuietHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        function = self.server.function
        function.waiting.set()
        while not function.closing.is_set():
            with suppress(queue.Empty):
                invocation, event = function.events.get(timeout=0.05)
                headers = {
                    "Lambda-Runtime-Aws-Request-Id": invocation,
                    "Lambda-Runtime-Deadline-Ms": str(function.deadline_ms),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:1:function:helmets",
                    "Content-Type": "application/json",
                }
                return self._answer(200, event, headers)
        return None

    def do_POST(self) -> None:
        function = self.server.function
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/error"):
            function.errors.append(json.loads(body))
            self._answer(202, b"{}")
        elif len(body) > PAYLOAD:
            self._answer(413, b'{"errorType": "RequestEntityTooLarge"}')
        else:
            self._answer(202, b"{}")
            function.answers.put(body)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _without_home() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "HOME"}
