"""An S3 bucket as a store of models. In: s3://bucket/prefix. Out: local files.

The client is botocore, which is what boto3 calls: boto3 itself would cost a cold start another 70 ms. It takes
the address, the region and the credentials from where all of AWS's tools do (AWS_ENDPOINT_URL, AWS_REGION, a role).
The account needs s3:GetObject, and s3:ListBucket as well, without which S3 answers 403 for what is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import re
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from model_cache.errors import StoreUnavailable
from model_cache.manifest import INDEX, INDEX_BYTES, Manifest, ModelEntry, from_listing, not_found, parse
from model_cache.stores.ahead import CONNECTIONS, read_ahead
from model_cache.stores.base import (
    LISTED,
    SECONDS,
    SLOWEST,
    TRIES,
    Deadline,
    Fetched,
    Transient,
    bounded,
    create,
    deadline_in,
    persist,
    too_many,
    unavailable,
)

R = TypeVar("R")

_MD5 = re.compile(r'"([0-9a-f]{32})"')


class _Missing(Exception):
    """The object, or that content of it, is not there."""


class S3Store:
    """A version is an ETag: it changes with the content, and a request can demand it."""

    def __init__(self, bucket: str, prefix: str, seconds: float = SECONDS) -> None:
        """seconds: after these a bucket that does not answer is given up; a large download has longer."""
        self._name = bucket
        self._seconds = seconds
        self._prefix = f"{prefix}/" if prefix else ""
        self._lock = threading.Lock()
        self._opened: Any = None

    def manifest(self) -> Manifest:
        deadline = self._deadline()
        try:
            return parse(self._index(deadline))
        except _Missing:
            pass
        try:
            return from_listing(self._ask(self._files, deadline))
        except _Missing:
            raise StoreUnavailable("The model store does not exist.") from None

    def version(self, entry: ModelEntry) -> str:
        return str(self._head(entry, self._deadline())["ETag"])

    def fetch(self, entry: ModelEntry, target: Path) -> Fetched:
        deadline = self._deadline()
        for _ in range(TRIES):
            head = self._head(entry, deadline)
            deadline = Deadline(max(deadline.left(), head["ContentLength"] / SLOWEST))
            try:
                if self._download(entry, head, target, deadline):
                    return Fetched(target, str(head["ETag"]))
            except _Missing:
                pass  # it was replaced since: take what is there now
            target.unlink(missing_ok=True)
        raise StoreUnavailable(f'The model "{entry.id}" comes damaged from the store.')

    def _deadline(self) -> Deadline:
        from botocore.exceptions import BotoCoreError

        with contextlib.suppress(BotoCoreError, ValueError):  # _ask meets it again, and explains it
            self._client()  # on a busy machine a second to import, which is not the bucket's
        return deadline_in(self._seconds)

    def _head(self, entry: ModelEntry, deadline: Deadline) -> Any:
        key = self._prefix + entry.file
        try:
            return self._ask(lambda: self._client().head_object(Bucket=self._name, Key=key), deadline)
        except _Missing:
            raise not_found(entry.id) from None

    def _download(self, entry: ModelEntry, head: Any, target: Path, deadline: Deadline) -> bool:
        """Write the content of one ETag to `target`; whether its MD5 is right, where S3 tells it.

        It does not for what came in parts or is under a key of KMS: there models.json's sha256 decides.
        """
        told = _MD5.fullmatch(head["ETag"])
        checked = told is not None and head.get("ServerSideEncryption", "AES256") == "AES256"
        md5 = hashlib.md5(usedforsecurity=False)
        read = partial(self._piece, entry.file, head["ETag"], deadline)
        with create(target) as file:
            for piece in read_ahead(read, head["ContentLength"], deadline, "s3"):
                file.write(piece)
                if checked:
                    md5.update(piece)
        return not checked or told is None or md5.hexdigest() == told[1]

    def _piece(self, file: str, etag: str, deadline: Deadline, start: int, end: int) -> bytes:
        """The bytes from start up to end, all of them, and of that content only."""

        def load() -> bytes:
            answer = self._client().get_object(
                Bucket=self._name, Key=self._prefix + file, Range=f"bytes={start}-{end - 1}", IfMatch=etag
            )
            data: bytes = answer["Body"].read()
            if len(data) != end - start:
                raise Transient
            return data

        return self._ask(load, deadline)

    def _index(self, deadline: Deadline) -> bytes:
        def load() -> bytes:
            answer = self._client().get_object(Bucket=self._name, Key=self._prefix + INDEX)
            most = INDEX_BYTES + 1
            with contextlib.closing(answer["Body"]) as body:
                data: bytes = body.read(most)
            if len(data) != min(answer["ContentLength"], most):
                raise Transient
            return data

        return self._ask(load, deadline)

    def _files(self) -> list[str]:
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=self._prefix)
        names: list[str] = []
        for page in pages:
            names.extend(item["Key"].removeprefix(self._prefix) for item in page.get("Contents", ()))
            if len(names) > LISTED:
                raise too_many()
        return names

    def _ask(self, call: Callable[[], R], deadline: Deadline) -> R:
        """The answer to one request, tried again where that may help; _Missing or StoreUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

        def attempt(_: float) -> R:
            try:
                return call()
            except ClientError as exc:
                status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
                if status in {http.client.NOT_FOUND, http.client.PRECONDITION_FAILED}:
                    raise _Missing from exc
                if status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
                    raise StoreUnavailable("The model store refuses access.") from exc
                if status in {408, 409, 429} or status >= 500:
                    raise Transient from exc
                raise unavailable() from exc
            except (NoCredentialsError, PartialCredentialsError) as exc:
                raise StoreUnavailable("There are no credentials for the model store.") from exc
            except (OSError, ValueError, BotoCoreError, http.client.HTTPException) as exc:
                # ValueError: of AWS_ENDPOINT_URL.
                raise Transient from exc

        return bounded(lambda: persist(attempt, deadline), deadline.left())

    def _client(self) -> Any:
        from botocore.config import Config
        from botocore.session import get_session

        with self._lock:
            if self._opened is None:
                share = self._seconds / TRIES
                config = Config(
                    connect_timeout=share * 0.4,
                    read_timeout=share * 0.6,
                    max_pool_connections=2 * CONNECTIONS,
                    retries={"total_max_attempts": 1},  # `persist` tries again
                    response_checksum_validation="when_required",  # there is none of a range
                )
                self._opened = get_session().create_client("s3", config=config)
            return self._opened


def open_store(url: str) -> S3Store:
    parts = urlsplit(url)
    if not parts.netloc:
        raise ValueError("An s3:// model store names its bucket: s3://bucket/prefix.")
    return S3Store(parts.netloc, parts.path.strip("/"))
