"""A Google Cloud Storage bucket that models are published to. In: gs://bucket/prefix.

A change of models.json carries the generation that was read, so that of two writers one is refused and tries
again. Where STORAGE_EMULATOR_HOST is set, that address is asked instead, without credentials.
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

PATIENCE = 60.0  # seconds for one request with its repetitions; an upload that goes on has longer
_NEVER_WRITTEN = "0"  # as a precondition: there is no such object


class _Missing(Exception):
    pass


class GcsDestination:
    def __init__(self, url: str, bucket: str, prefix: str) -> None:
        self.url = url
        self._name = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._opened: Any = None

    def check(self, id_: str) -> None:
        """Nothing: only a write shows whether a bucket takes one."""

    def put(self, path: Path, name: str, told: Callable[[int], object]) -> str | None:
        blob = self._blob(name)
        try:
            with self._asking(), path.open("rb") as file:
                blob.upload_from_file(
                    Told(file, told),
                    size=path.stat().st_size,
                    content_type="application/octet-stream",
                    if_generation_match=0,
                    **self._patience(),
                )
        except _Missing:
            raise self._no_bucket() from None
        except Conflict:
            with self._asking():
                blob.reload(**self._patience())
            if blob.size != path.stat().st_size:
                raise PublishError(f"{name} is there already, with another content.") from None
        return str(blob.generation)

    def read(self, name: str) -> tuple[bytes | None, str]:
        try:
            with self._asking():
                state = self._blob(name)
                state.reload(**self._patience())
                # Of that generation, for another may have come meanwhile.
                blob = self._bucket().blob(self._prefix + name, generation=state.generation)
                data: bytes = blob.download_as_bytes(raw_download=True, single_shot_download=True, **self._patience())
                return data, str(state.generation)
        except _Missing:
            # There is none, or one that is being replaced: then a write on this condition is a Conflict.
            self._look()
            return None, _NEVER_WRITTEN

    def write(self, name: str, data: bytes, state: str) -> None:
        try:
            with self._asking():
                self._blob(name).upload_from_string(
                    data, content_type="application/json", if_generation_match=int(state), **self._patience()
                )
        except _Missing:
            raise self._no_bucket() from None

    def has(self, name: str) -> bool:
        with self._asking():
            return bool(self._blob(name).exists(**self._patience()))

    def delete(self, name: str) -> None:
        try:
            with self._asking():
                self._blob(name).delete(**self._patience())
        except _Missing:
            pass

    def files(self) -> list[Kept]:
        try:
            with self._asking():
                blobs = list(self._bucket().client.list_blobs(self._name, prefix=self._prefix, **self._patience()))
        except _Missing:
            raise self._no_bucket() from None
        now = time.time()
        return [
            Kept(blob.name.removeprefix(self._prefix), blob.size or 0, now - _seconds(blob.updated, now))
            for blob in blobs
        ]

    def _look(self) -> None:
        """Refuse a bucket that does not exist, which a missing object does not tell from an empty one."""
        try:
            with self._asking():
                list(self._bucket().client.list_blobs(self._name, max_results=1, **self._patience()))
        except _Missing:
            raise self._no_bucket() from None

    def _no_bucket(self) -> PublishError:
        return PublishError(f"There is no bucket {self._name}.")

    def _blob(self, name: str) -> Any:
        return self._bucket().blob(self._prefix + name)

    def _bucket(self) -> Any:
        from google.cloud.storage import Client

        if self._opened is None:
            with self._asking():
                self._opened = Client(project=None).bucket(self._name)
        return self._opened

    @staticmethod
    def _patience() -> dict[str, Any]:
        from google.cloud.storage.retry import DEFAULT_RETRY

        return {"retry": DEFAULT_RETRY.with_timeout(PATIENCE), "timeout": PATIENCE}

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Say in one sentence what the client library says in a class; _Missing, Conflict, PublishError."""
        from google.api_core.exceptions import GoogleAPICallError, RetryError
        from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

        try:
            yield
        except GoogleAPICallError as error:
            if error.code == http.client.NOT_FOUND:
                raise _Missing from error
            if error.code == http.client.PRECONDITION_FAILED:
                raise Conflict from error
            if error.code in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
                raise PublishError(
                    f"You have no permission for that in the bucket {self._name}: the role Storage Object User has it."
                ) from error
            raise PublishError(f"The bucket {self._name} answered {error.code}.") from error
        except DefaultCredentialsError as error:
            raise PublishError(
                "There are no Google Cloud credentials here; `gcloud auth application-default login` makes some."
            ) from error
        except (GoogleAuthError, RetryError, OSError) as error:  # OSError: requests' exceptions are of this kind
            raise PublishError(f"The bucket {self._name} does not answer.") from error


def _seconds(updated: Any, now: float) -> float:
    return float(updated.timestamp()) if updated else now


def open_destination(url: str) -> GcsDestination:
    parts = urlsplit(url)
    if not parts.netloc:
        raise PublishError("A gs:// store names its bucket: gs://bucket/prefix.")
    return GcsDestination(url, parts.netloc, parts.path.strip("/"))
