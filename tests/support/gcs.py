"""A bucket that can fail. In: objects and faults. Out: the few JSON API calls that the real client makes.

gcp-storage-emulator knows neither faults nor generations; this knows both, and what gcs_writes.py adds.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from google_crc32c import Checksum

from tests.support.gcs_writes import Writes

BUCKET = "weights"
PATIENCE = 20.0  # seconds that a test waits for what must happen
STALL = 30.0  # seconds that a stalled request stays without an answer


@dataclass(frozen=True)
class Fault:
    """What becomes of one request. status: answered instead; cut: half the body; damaged: a bit is turned;
    stall: no answer, for 30 seconds or until the bucket closes; trickle: a byte now and then.
    """

    status: int | None = None
    cut: bool = False
    short: bool = False
    damaged: bool = False
    stall: bool = False
    trickle: bool = False


class FakeBucket:
    """objects: name -> (generation, bytes); calls: requests by kind: "metadata", "media", "list"."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[int, bytes]] = {}
        self.calls: Counter[str] = Counter()
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.always: dict[str, Fault] = {}
        self.crc32c: str | None = ""  # "" is the true one, None leaves it out
        self.url = ""
        self.closing = threading.Event()
        self._gate = threading.Event()
        self._gate.set()
        self._arrived = threading.Condition()
        self._generation = 1000
        self.writing = threading.Lock()  # between a precondition and what depends on it
        self.sessions: dict[str, tuple[str, dict[str, str], bytearray]] = {}

    def put(self, name: str, data: bytes) -> None:
        self._generation += 1
        self.objects[name] = (self._generation, data)

    def put_index(self, models: dict[str, Any]) -> None:
        self.put("models.json", json.dumps({"models": models}).encode())

    def delete(self, name: str) -> None:
        del self.objects[name]

    @contextmanager
    def hold_media(self) -> Iterator[None]:
        """Media of models is not answered inside the with block."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()

    def wait_for(self, kind: str, calls: int) -> None:
        """Until that many requests of a kind have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self.calls[kind] >= calls, PATIENCE)

    def arrive(self, kind: str) -> Fault:
        with self._arrived:
            self.calls[kind] += 1
            fault = self.faults[kind].popleft() if self.faults[kind] else self.always.get(kind, Fault())
            self._arrived.notify_all()
        if kind == "media":
            self._gate.wait(PATIENCE)
        return fault

    def resource(self, name: str) -> dict[str, Any]:
        generation, data = self.objects[name]
        resource = {"name": name, "bucket": BUCKET, "generation": str(generation), "size": str(len(data))}
        if self.crc32c is not None:
            digest: bytes = Checksum(data).digest()  # type: ignore[no-untyped-call]
            resource["crc32c"] = self.crc32c or base64.b64encode(digest).decode()
        return resource


class _Handler(Writes, BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        found = re.fullmatch(r"(/download)?/storage/v1/b/([^/]+)/o(?:/([^/]+))?", parts.path)
        if not found or found[2] != BUCKET:
            self._answer(404, b"{}")
        elif found[3] is None:
            self._list(query.get("prefix", ""))
        else:
            self._object(unquote(found[3]), query, media=found[1] is not None or query.get("alt") == "media")

    def _list(self, prefix: str) -> None:
        bucket = self.server.bucket
        if not self._faulty(bucket.arrive("list")):
            items = [bucket.resource(name) for name in sorted(bucket.objects) if name.startswith(prefix)]
            self._answer(200, json.dumps({"items": items}).encode())

    def _object(self, name: str, query: dict[str, str], *, media: bool) -> None:
        bucket = self.server.bucket
        kind = "index" if name.endswith("models.json") else "media" if media else "metadata"
        fault = bucket.arrive(kind)
        if self._faulty(fault):
            return
        generation, data = bucket.objects.get(name, (None, b""))
        if generation is None or query.get("generation", str(generation)) != str(generation):
            self._answer(404, b"{}")
        elif media:
            self._media(data, fault)
        else:
            self._answer(200, json.dumps(bucket.resource(name)).encode())

    def _media(self, data: bytes, fault: Fault) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        part = data[int(asked[1]) : int(asked[2]) + 1] if asked else data
        if fault.short:
            part = part[: len(part) // 2]
        if fault.damaged:
            part = bytes([part[0] ^ 1]) + part[1:]
        self._answer(206 if asked else 200, part, fault)

    def _faulty(self, fault: Fault) -> bool:
        if fault.stall:
            self.server.bucket.closing.wait(STALL)
        elif fault.status is not None:
            self._answer(fault.status, b"{}")
        return fault.stall or fault.status is not None

    def _answer(self, status: int, body: bytes, fault: Fault | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault and fault.trickle:
            for byte in body:
                if self.server.bucket.closing.wait(0.05):
                    return
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(body[: len(body) // 2] if fault and fault.cut else body)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that no longer waits
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    bucket: FakeBucket


@contextmanager
def serve(bucket: FakeBucket, port: int = 0) -> Iterator[None]:
    """The bucket at bucket.url, inside the with block."""
    bucket.closing.clear()
    server = _Server(("127.0.0.1", port), _Handler)
    server.bucket = bucket
    bucket.url = f"http://127.0.0.1:{server.server_port}"
    # Polled often, since shutdown waits for the next look.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        bucket.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
