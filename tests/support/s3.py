"""An S3 bucket that can fail. In: objects and faults. Out: moto's answers to the real client, spoiled where asked."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import httpx
from botocore.session import get_session
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from tests.support.gcs import BUCKET, PATIENCE, Fault
from tests.support.loopback import running

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]


class QuietHandler(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class FakeS3:
    """calls: requests by kind: "metadata", "media", "index", "list", "other"; before: told of each as it comes."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.always: dict[str, Fault] = {}
        self.before: Callable[[str], None] = lambda kind: None
        self.closing = threading.Event()
        self.url = ""
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._client: Any = None
        self._counting = threading.Lock()

    def put(self, name: str, data: bytes, **more: Any) -> None:
        self.client().put_object(Bucket=BUCKET, Key=name, Body=data, **more)

    def put_index(self, models: dict[str, Any], prefix: str = "") -> None:
        self.put(f"{prefix}models.json", json.dumps({"models": models}).encode())

    def empty(self) -> None:
        """Forget all: moto keeps what it was given for as long as its process lives."""
        httpx.post(f"{self.url}/moto-api/reset", trust_env=False).raise_for_status()

    def client(self) -> Any:
        if self._client is None:
            self._client = get_session().create_client("s3", endpoint_url=self.url)
        return self._client

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        kind = _kind(environ)
        with self._counting:
            self.calls[kind] += 1
            fault = self.faults[kind].popleft() if self.faults[kind] else self.always.get(kind, Fault())
        self.before(kind)
        if fault.stall:
            self.closing.wait(PATIENCE)
        if fault.stall or fault.status is not None:
            start_response(f"{fault.status or 500} Fault", [("Content-Type", "application/xml")])
            return [b""]
        body = b"".join(self._moto(environ, start_response))
        if fault.damaged:
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault.trickle:
            return self._trickle(body)
        return [body[: len(body) // 2] if fault.cut else body]

    def _trickle(self, body: bytes) -> Iterator[bytes]:
        for byte in body:
            if self.closing.wait(0.05):
                return
            yield bytes([byte])


def environment(url: str) -> dict[str, str]:
    """What a process needs to find the service at that address, and no other."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _kind(environ: Environ) -> str:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if method == "GET" and "list-type" in parse_qs(environ["QUERY_STRING"]):
        return "list"
    if method not in {"GET", "HEAD"}:
        return "other"
    return "index" if path.endswith("models.json") else "media" if method == "GET" else "metadata"


@contextmanager
def serve(fake: FakeS3, port: int = 0) -> Iterator[None]:
    """The service at fake.url, inside the with block, with an empty bucket."""
    fake.closing.clear()
    server = make_server("127.0.0.1", port, fake, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    fake.url = f"http://127.0.0.1:{server.server_port}"
    with running(server):
        try:
            yield
        finally:
            fake.closing.set()
