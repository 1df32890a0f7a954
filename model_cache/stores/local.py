"""A folder as a store of models. In: its path or file:// URL. Out: the files where they lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from model_cache.errors import StoreUnavailable
from model_cache.manifest import INDEX, INDEX_BYTES, Manifest, ModelEntry, from_listing, not_found, parse
from model_cache.stores.base import LISTED, Fetched, too_many


class LocalStore:
    """Files are read in place: a copy would cost memory where the disk is memory, as on Cloud Run.

    So the bytes that were checked and those that are opened may differ while someone writes the file.
    The version therefore holds the time of the last change, and the cache asks for it once more when
    the model is open: a file that changed in between is not served. What was written half and then
    left alone no engine opens, since the end of a .pt and the length of an .onnx graph are missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def manifest(self) -> Manifest:
        try:
            with (self._folder / INDEX).open("rb") as file:
                return parse(file.read(INDEX_BYTES + 1))
        except FileNotFoundError:
            return from_listing(self._files())
        except OSError as exc:
            raise _unreadable() from exc

    def version(self, entry: ModelEntry) -> str:
        try:
            stat = (self._folder / entry.file).stat()
        except (FileNotFoundError, NotADirectoryError):
            raise not_found(entry.id) from None
        except OSError as exc:
            raise _unreadable() from exc
        return f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}"

    def fetch(self, entry: ModelEntry, target: Path) -> Fetched:
        del target
        path = self._folder / entry.file
        version = self.version(entry)
        if not path.is_file():
            raise not_found(entry.id)
        if not os.access(path, os.R_OK):
            raise _unreadable()
        return Fetched(path, version)

    def _files(self) -> Iterator[str]:
        def fail(error: OSError) -> None:
            raise _unreadable() from error

        seen = 0
        for folder, _, names in os.walk(self._folder, onerror=fail):
            seen += len(names)
            if seen > LISTED:
                raise too_many()
            for name in names:
                yield Path(folder, name).relative_to(self._folder).as_posix()


def open_store(url: str) -> LocalStore:
    parts = urlsplit(url)
    if parts.scheme != "file":
        return LocalStore(Path(url))
    if parts.netloc not in {"", "localhost"}:
        raise ValueError("A file:// model store is on this machine: file:///folder.")
    return LocalStore(Path(url2pathname(parts.path)))


def _unreadable() -> StoreUnavailable:
    return StoreUnavailable("The model store cannot be read.")
