"""The smallest HTTP client: one connection, kept alive; a picture is sent as the multipart field `file`."""

from __future__ import annotations

import http.client
import json
from typing import Any

_BOUNDARY = "picture-boundary-8d0fc1"


def multipart(picture: bytes) -> bytes:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="picture.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + picture + f"\r\n--{_BOUNDARY}--\r\n".encode()


class Client:
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers: dict[str, str] = {}  # of the last answer, lower case

    def connect(self) -> None:
        self._connection.connect()

    def close(self) -> None:
        self._connection.close()

    def predict(self, body: bytes, path: str = "/predict") -> bytes:
        """The answer to a multipart body; RuntimeError unless it is 200."""
        kind = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
        self._connection.request("POST", path, body, kind)
        return self._answer()

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path)
        return self._answer()

    def _answer(self) -> bytes:
        response = self._connection.getresponse()
        data = response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {data[:500]!r}")
        return data


def detections(answer: bytes) -> list[Any]:
    """The rows of an answer, of ours or of a peer."""
    said = json.loads(answer)
    rows: list[Any] = said["images"][0]["results"] if isinstance(said, dict) else said
    return rows
