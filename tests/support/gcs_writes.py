"""The writing side of the bucket in gcs.py: uploads in one request or resumed, deletions, and their preconditions."""

from __future__ import annotations

import email.parser
import email.policy
import itertools
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tests.support.gcs import FakeBucket

    Base = BaseHTTPRequestHandler
else:
    Base = object

_UPLOADS = re.compile(r"(?:/resumable)?/upload/storage/v1/b/([^/]+)/o")
_OBJECT = re.compile(r"/storage/v1/b/([^/]+)/o/([^/]+)")


class Writes(Base):
    """For a request handler whose server has a `bucket`. Kinds of calls: "upload", "delete"."""

    server: Any

    def do_POST(self) -> None:
        parts, query = self._asked()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not (found := _UPLOADS.fullmatch(parts)) or not self._here(found[1]):
            return self._reply(404)
        if query["uploadType"] == "multipart":
            said, data = _parts(self.headers["Content-Type"], body)
            return self._store(json.loads(said)["name"], data, query)
        session = f"{len(self._bucket.sessions)}"
        self._bucket.sessions[session] = (json.loads(body)["name"], query, bytearray())
        return self._reply(200, location=f"{self._bucket.url}{parts}?session={session}")

    def do_PUT(self) -> None:
        _, query = self._asked()
        name, conditions, data = self._bucket.sessions[query["session"]]
        data += self.rfile.read(int(self.headers["Content-Length"]))
        whole = int(self.headers["Content-Range"].rpartition("/")[2])
        assert len(data) == whole, "the client sends pieces of 100 MB"
        self._store(name, bytes(data), conditions)

    def do_DELETE(self) -> None:
        parts, _ = self._asked()
        found = _OBJECT.fullmatch(parts)
        name = unquote(found[2]) if found and self._here(found[1]) else None
        self._bucket.calls["delete"] += 1
        self._reply(204 if name and self._bucket.objects.pop(name, None) else 404)

    def _store(self, name: str, data: bytes, query: dict[str, str]) -> None:
        fault = self._bucket.arrive("upload")
        if fault.status is not None:
            return self._reply(fault.status)
        asked = query.get("ifGenerationMatch")
        with self._bucket.writing:
            present = self._bucket.objects.get(name, (0, b""))[0]
            if asked is not None and int(asked) != present:
                return self._reply(412)
            self._bucket.put(name, data)
            said = self._bucket.resource(name)
        return self._reply(200, json.dumps(said).encode())

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}

    def _here(self, bucket: str) -> bool:
        from tests.support.gcs import BUCKET

        return bucket == BUCKET

    @property
    def _bucket(self) -> FakeBucket:
        bucket: FakeBucket = self.server.bucket
        return bucket

    def _reply(self, status: int, body: bytes = b"{}", location: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if location:
            self.send_header("Location", location)
        if status == 204:
            body = b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _parts(kind: str, body: bytes) -> tuple[bytes, bytes]:
    """The description and the content of a multipart/related upload."""
    boundary = email.parser.HeaderParser(policy=email.policy.default).parsestr(f"Content-Type: {kind}\n\n")
    mark = b"--" + str(boundary["content-type"].params["boundary"]).encode()
    pieces = [
        piece.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n") for piece in itertools.islice(body.split(mark), 1, 3)
    ]
    return pieces[0], pieces[1]
