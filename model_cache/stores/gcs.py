"""A Google Cloud Storage bucket as a store of models. In: gs://bucket/prefix. Out: local files.

Objects are read in ranges, pinned to one generation, through `GcsApi`. A bucket without models.json is listed by
the client library.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from model_cache.errors import StoreUnavailable
from model_cache.manifest import INDEX, INDEX_BYTES, Manifest, ModelEntry, from_listing, not_found, parse
from model_cache.stores.ahead import read_ahead
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
)
from model_cache.stores.gcs_api import GcsApi, Missing, refusal

R = TypeVar("R")


@dataclass(frozen=True)
class _Object:
    """crc32c: in base64; every object has one, but some emulators give none."""

    generation: int
    size: int
    crc32c: str | None


class GcsStore:
    def __init__(self, bucket: str, prefix: str, seconds: float = SECONDS) -> None:
        """seconds: after these a bucket that does not answer is given up; a large download has longer."""
        self._name = bucket
        self._seconds = seconds
        self._prefix = f"{prefix}/" if prefix else ""
        self._api = GcsApi(bucket)

    def manifest(self) -> Manifest:
        deadline = deadline_in(self._seconds)
        try:
            return parse(self._bytes(INDEX, None, deadline, 0, INDEX_BYTES + 1))
        except Missing:
            pass
        try:
            return from_listing(self._ask(self._files, deadline))
        except Missing:
            raise StoreUnavailable("The model store does not exist.") from None

    def version(self, entry: ModelEntry) -> str:
        return str(self._metadata(entry, deadline_in(self._seconds)).generation)

    def fetch(self, entry: ModelEntry, target: Path) -> Fetched:
        deadline = deadline_in(self._seconds)
        for _ in range(TRIES):
            metadata = self._metadata(entry, deadline)
            deadline = Deadline(max(deadline.left(), metadata.size / SLOWEST))
            try:
                if self._download(entry, metadata, target, deadline):
                    return Fetched(target, str(metadata.generation))
            except Missing:
                pass  # this generation was replaced since: take the next one
            target.unlink(missing_ok=True)
        raise StoreUnavailable(f'The model "{entry.id}" comes damaged from the store.')

    def _metadata(self, entry: ModelEntry, deadline: Deadline) -> _Object:
        def load(timeout: tuple[float, float]) -> _Object:
            try:
                said = json.loads(self._api.metadata(self._prefix + entry.file, timeout))
                return _Object(int(said["generation"]), int(said["size"]), said.get("crc32c"))
            except (ValueError, TypeError, KeyError) as exc:
                raise Transient from exc

        try:
            return self._ask(load, deadline)
        except Missing:
            raise not_found(entry.id) from None

    def _download(self, entry: ModelEntry, metadata: _Object, target: Path, deadline: Deadline) -> bool:
        """Write one generation to `target`; whether its checksum is the one that the store has."""
        from google_crc32c import Checksum

        checksum: Any = Checksum()  # type: ignore[no-untyped-call]
        read = partial(self._bytes, entry.file, metadata.generation, deadline)
        with create(target) as file:
            for piece in read_ahead(read, metadata.size, deadline, "gcs"):
                file.write(piece)
                checksum.update(piece)
        return metadata.crc32c in {None, base64.b64encode(checksum.digest()).decode()}

    def _bytes(self, file: str, generation: int | None, deadline: Deadline, start: int, end: int) -> bytes:
        """The bytes from start up to end, fewer only if no generation is named and the object is shorter."""

        def load(timeout: tuple[float, float]) -> bytes:
            data = self._api.media(self._prefix + file, generation, start, end, timeout)
            if generation is not None and len(data) != end - start:
                raise Transient
            return data

        return self._ask(load, deadline)

    def _files(self, timeout: tuple[float, float]) -> list[str]:
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
        from google.cloud.storage import Client

        try:
            # Without a project, which objects are listed without; None spares the search for one.
            blobs = Client(project=None).list_blobs(
                self._name,
                prefix=self._prefix,
                fields="items(name),nextPageToken",
                max_results=LISTED + 1,
                timeout=timeout,
                retry=None,
            )
            names = [blob.name.removeprefix(self._prefix) for blob in blobs]
        except GoogleAPICallError as exc:
            raise refusal(exc.code or 500) from exc
        except DefaultCredentialsError as exc:
            raise StoreUnavailable("There are no credentials for the model store.") from exc
        except (OSError, GoogleAuthError) as exc:  # OSError: requests' exceptions are of this kind as well
            raise Transient from exc
        if len(names) > LISTED:
            raise too_many()
        return names

    def _ask(self, call: Callable[[tuple[float, float]], R], deadline: Deadline) -> R:
        """The answer to one request, tried again where that may help; Missing or StoreUnavailable."""

        def attempt(seconds: float) -> R:
            seconds = min(seconds, self._seconds / 2)  # silence is silence, however large the model
            return call((seconds * 0.4, seconds * 0.6))  # to connect, and to read

        return bounded(lambda: persist(attempt, deadline), deadline.left())


def open_store(url: str) -> GcsStore:
    parts = urlsplit(url)
    if not parts.netloc:
        raise ValueError("A gs:// model store names its bucket: gs://bucket/prefix.")
    return GcsStore(parts.netloc, parts.path.strip("/"))
