"""A Google Cloud Storage bucket as a store of models. In: gs://bucket/prefix. Out: local files.

The client library takes a third of a second to import, so that happens at the first call. Where
STORAGE_EMULATOR_HOST is set, that address is asked instead, without credentials.
"""

from __future__ import annotations

import base64
import http.client
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from model_cache.errors import StoreUnavailable
from model_cache.manifest import INDEX, INDEX_BYTES, Manifest, ModelEntry, from_listing, not_found, parse
from model_cache.stores.base import (
    LISTED,
    SECONDS,
    TRIES,
    Deadline,
    Fetched,
    Transient,
    create,
    persist,
    too_many,
    unavailable,
)

R = TypeVar("R")

PIECE = 16 * 2**20  # bytes in one request: a small model comes in one, a large one in several at a time
CONNECTIONS = 4
SLOWEST = 2 * 2**20  # bytes a second, below which a download is given up


class _Missing(Exception):
    """The object, or that generation of it, is not there."""


class GcsStore:
    def __init__(self, bucket: str, prefix: str, seconds: float = SECONDS) -> None:
        """seconds: after these a bucket that does not answer is given up; a large download has longer."""
        self._name = bucket
        self._seconds = seconds
        self._prefix = f"{prefix}/" if prefix else ""
        self._lock = threading.Lock()
        self._opened: Any = None

    def manifest(self) -> Manifest:
        deadline = Deadline(self._seconds)
        try:
            return parse(self._bytes(INDEX, None, 0, INDEX_BYTES + 1, deadline))
        except _Missing:
            pass
        try:
            return from_listing(self._ask(self._files, deadline))
        except _Missing:
            raise StoreUnavailable("The model store does not exist.") from None

    def version(self, entry: ModelEntry) -> str:
        return str(self._metadata(entry, Deadline(self._seconds)).generation)

    def fetch(self, entry: ModelEntry, target: Path) -> Fetched:
        deadline = Deadline(self._seconds)
        for _ in range(TRIES):
            metadata = self._metadata(entry, deadline)
            deadline = Deadline(deadline.left() + (metadata.size or 0) / SLOWEST)
            try:
                if self._download(entry, metadata, target, deadline):
                    return Fetched(target, str(metadata.generation))
            except _Missing:
                pass  # this generation was replaced since: take the next one
            target.unlink(missing_ok=True)
        raise StoreUnavailable(f'The model "{entry.id}" comes damaged from the store.')

    def _metadata(self, entry: ModelEntry, deadline: Deadline) -> Any:
        def load(timeout: tuple[float, float]) -> Any:
            blob = self._bucket().blob(self._prefix + entry.file)
            blob.reload(timeout=timeout, retry=None)
            return blob

        try:
            return self._ask(load, deadline)
        except _Missing:
            raise not_found(entry.id) from None

    def _download(self, entry: ModelEntry, metadata: Any, target: Path, deadline: Deadline) -> bool:
        """Write one generation to `target`; whether its checksum is the one that the store has."""
        from google_crc32c import Checksum

        checksum: Any = Checksum()  # type: ignore[no-untyped-call]
        with create(target) as file:
            for piece in self._pieces(entry.file, metadata.generation, metadata.size or 0, deadline):
                file.write(piece)
                checksum.update(piece)
        # Every object has one; some emulators give none.
        return metadata.crc32c in {None, base64.b64encode(checksum.digest()).decode()}

    def _pieces(self, file: str, generation: int, size: int, deadline: Deadline) -> Iterator[bytes]:
        """The bytes of one generation in order, a few requests ahead of whoever takes them."""
        pool = ThreadPoolExecutor(CONNECTIONS, "gcs")
        coming: deque[Future[bytes]] = deque()
        try:
            for start in range(0, size, PIECE):
                end = min(start + PIECE, size)
                coming.append(pool.submit(self._bytes, file, generation, start, end, deadline))
                if len(coming) == CONNECTIONS:
                    yield coming.popleft().result(deadline.left())
            while coming:
                yield coming.popleft().result(deadline.left())
        except TimeoutError:
            # A trickle never trips a socket's timeout. Its thread is left to its end, its bytes to no one.
            raise unavailable() from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _bytes(self, file: str, generation: int | None, start: int, end: int, deadline: Deadline) -> bytes:
        """The bytes from start up to end, fewer only if no generation is named and the object is shorter."""

        def load(timeout: tuple[float, float]) -> bytes:
            # In one read: the client's own way, 8 KiB at a time, is five times slower. Checksums it cannot
            # check for a range of an object; _download does.
            data: bytes = (
                self._bucket()
                .blob(self._prefix + file, generation=generation)
                .download_as_bytes(
                    start=start,
                    end=end - 1,
                    raw_download=True,
                    single_shot_download=True,
                    checksum=None,
                    timeout=timeout,
                    retry=None,
                )
            )
            if generation is not None and len(data) != end - start:
                raise Transient
            return data

        return self._ask(load, deadline)

    def _files(self, timeout: tuple[float, float]) -> list[str]:
        blobs = self._bucket().client.list_blobs(
            self._name,
            prefix=self._prefix,
            fields="items(name),nextPageToken",
            max_results=LISTED + 1,
            timeout=timeout,
            retry=None,
        )
        names = [blob.name.removeprefix(self._prefix) for blob in blobs]
        if len(names) > LISTED:
            raise too_many()
        return names

    def _ask(self, call: Callable[[tuple[float, float]], R], deadline: Deadline) -> R:
        """The answer to one request, tried again where that may help; _Missing or StoreUnavailable."""
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
        from urllib3.exceptions import HTTPError

        def attempt(seconds: float) -> R:
            try:
                return call((seconds * 0.4, seconds * 0.6))  # to connect, and to wait for bytes
            except GoogleAPICallError as exc:
                if exc.code == http.client.NOT_FOUND:
                    raise _Missing from exc
                if exc.code in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
                    raise StoreUnavailable("The model store refuses access.") from exc
                if exc.code in {408, 429} or (exc.code or 500) >= 500:
                    raise Transient from exc
                raise unavailable() from exc
            except DefaultCredentialsError as exc:
                raise StoreUnavailable("There are no credentials for the model store.") from exc
            except (OSError, HTTPError, http.client.HTTPException, GoogleAuthError) as exc:
                # OSError: requests' exceptions are of this kind as well.
                raise Transient from exc

        return persist(attempt, deadline)

    def _bucket(self) -> Any:
        from google.cloud.storage import Client

        with self._lock:
            if self._opened is None:
                # Objects are read without a project; None spares the search for one. No credentials are
                # looked for either where STORAGE_EMULATOR_HOST is set: the client sees to that.
                self._opened = Client(project=None).bucket(self._name)
            return self._opened


def open_store(url: str) -> GcsStore:
    parts = urlsplit(url)
    if not parts.netloc:
        raise ValueError("A gs:// model store names its bucket: gs://bucket/prefix.")
    return GcsStore(parts.netloc, parts.path.strip("/"))
