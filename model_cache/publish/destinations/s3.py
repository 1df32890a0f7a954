"""An S3 bucket that models are published to. In: s3://bucket/prefix.

A change of models.json is made on the condition that its ETag is the one that was read, so that of two writers one
is refused and tries again. Address, region and credentials come from where all of AWS's tools take them.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from model_cache.publish.destinations.base import Conflict, Kept, Told
from model_cache.publish.errors import PublishError

PATIENCE = 60.0  # seconds to connect, and to wait for bytes
_NEVER_WRITTEN = ""
_MOST = 5 * 2**30  # bytes that S3 takes in one request, which alone can have a condition


class _Missing(Exception):
    pass


class S3Destination:
    def __init__(self, url: str, bucket: str, prefix: str) -> None:
        self.url = url
        self._name = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._opened: Any = None

    def check(self, id_: str) -> None:
        """Nothing: only a write shows whether a bucket takes one."""

    def put(self, path: Path, name: str, told: Callable[[int], object]) -> None:
        if path.stat().st_size > _MOST:
            raise PublishError("S3 takes files of 5 GB at most in one request.")
        try:
            with path.open("rb") as file:
                self._write(name, Told(file, told), "application/octet-stream", _NEVER_WRITTEN)
        except Conflict:
            with self._asking():
                there = self._client().head_object(**self._at(name))
            if there["ContentLength"] != path.stat().st_size:
                raise PublishError(f"{name} is there already, with another content.") from None

    def read(self, name: str) -> tuple[bytes | None, str]:
        try:
            with self._asking():
                answer = self._client().get_object(**self._at(name))
                data: bytes = answer["Body"].read()
                return data, str(answer["ETag"])
        except _Missing:
            self._look()
            return None, _NEVER_WRITTEN

    def write(self, name: str, data: bytes, state: str) -> None:
        self._write(name, data, "application/json", state)

    def has(self, name: str) -> bool:
        try:
            with self._asking():
                self._client().head_object(**self._at(name))
        except _Missing:
            return False
        return True

    def delete(self, name: str) -> None:
        with self._asking():
            self._client().delete_object(**self._at(name))

    def files(self) -> list[Kept]:
        now = time.time()
        return [
            Kept(item["Key"].removeprefix(self._prefix), item["Size"], now - item["LastModified"].timestamp())
            for page in self._pages()
            for item in page.get("Contents", ())
        ]

    def _write(self, name: str, body: Any, kind: str, state: str) -> None:
        condition = {"IfNoneMatch": "*"} if state == _NEVER_WRITTEN else {"IfMatch": state}
        try:
            with self._asking():
                self._client().put_object(**self._at(name), Body=body, ContentType=kind, **condition)
        except _Missing:
            self._look()
            raise Conflict from None  # what was to be replaced is gone

    def _look(self) -> None:
        """Refuse a bucket that does not exist, which a missing object does not tell from an empty one."""
        self._pages(most=1)

    def _pages(self, most: int | None = None) -> list[Any]:
        try:
            with self._asking():
                pages = self._client().get_paginator("list_objects_v2")
                limit = {} if most is None else {"PaginationConfig": {"MaxItems": most}}
                return list(pages.paginate(Bucket=self._name, Prefix=self._prefix, **limit))
        except _Missing:
            raise PublishError(f"There is no bucket {self._name}.") from None

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": self._prefix + name}

    def _client(self) -> Any:
        from botocore.config import Config
        from botocore.session import get_session

        if self._opened is None:
            config = Config(
                connect_timeout=PATIENCE, read_timeout=PATIENCE, retries={"mode": "standard", "total_max_attempts": 5}
            )
            self._opened = get_session().create_client("s3", config=config)
        return self._opened

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Say in one sentence what the client library says in a class; _Missing, Conflict, PublishError."""
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

        try:
            yield
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            if status == http.client.NOT_FOUND:
                raise _Missing from error
            if status in {http.client.PRECONDITION_FAILED, http.client.CONFLICT}:  # 409: two at the same moment
                raise Conflict from error
            if status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
                raise PublishError(f"You have no permission for that in the bucket {self._name}.") from error
            raise PublishError(f"The bucket {self._name} answered {status}.") from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise PublishError("There are no AWS credentials here; `aws configure` keeps some.") from error
        except (OSError, ValueError, BotoCoreError, http.client.HTTPException) as error:
            raise PublishError(f"The bucket {self._name} does not answer.") from error


def open_destination(url: str) -> S3Destination:
    parts = urlsplit(url)
    if not parts.netloc:
        raise PublishError("An s3:// store names its bucket: s3://bucket/prefix.")
    return S3Destination(url, parts.netloc, parts.path.strip("/"))
