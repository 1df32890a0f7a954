"""A folder that models are published to. In: its path or file:// URL."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from model_cache.publish.destinations.base import Conflict, Kept
from model_cache.publish.errors import PublishError

_BLOCK = 2**20
_PART = ".part"  # no engine's suffix: a store without models.json does not take it for a model
_LOCK = ".models.json.lock"


class LocalDestination:
    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def check(self, id_: str) -> None:
        folder = (self._folder / id_).parent
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise PublishError(f"Nothing can be written in {folder}: {error.strerror}.") from error

    def put(self, path: Path, name: str, told: Callable[[int], object]) -> None:
        with _saying(self._folder / name), self._new(name) as part:
            with path.open("rb") as source, part.open("wb") as target:
                while block := source.read(_BLOCK):
                    target.write(block)
                    told(len(block))
                _settle(target.fileno())
            os.replace(part, self._folder / name)

    def read(self, name: str) -> tuple[bytes | None, str]:
        with _saying(self._folder / name):
            try:
                data = (self._folder / name).read_bytes()
            except FileNotFoundError:
                if not self._folder.parent.is_dir():  # more likely mistyped than meant
                    raise PublishError(f"There is no folder {self._folder.parent}.") from None
                return None, ""
            return data, hashlib.sha256(data).hexdigest()

    def write(self, name: str, data: bytes, state: str) -> None:
        with _saying(self._folder / name), self._new(name) as part, self._locked():
            if self.read(name)[1] != state:
                raise Conflict
            with part.open("wb") as target:
                target.write(data)
                _settle(target.fileno())
            os.replace(part, self._folder / name)

    def has(self, name: str) -> bool:
        return (self._folder / name).is_file()

    def delete(self, name: str) -> None:
        with _saying(self._folder / name):
            (self._folder / name).unlink(missing_ok=True)

    def files(self) -> list[Kept]:
        found = []
        with _saying(self._folder):
            for path in sorted(self._folder.rglob("*")):
                if path.is_file() and path.name != _LOCK:
                    with suppress(FileNotFoundError):  # another publisher's part, gone meanwhile
                        stat = path.stat()
                        name = path.relative_to(self._folder).as_posix()
                        found.append(Kept(name, stat.st_size, time.time() - stat.st_mtime))
        return found

    @contextmanager
    def _new(self, name: str) -> Iterator[Path]:
        """A file beside the one of that name, to be renamed to it; gone afterwards."""
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}-{secrets.token_hex(4)}{_PART}")
        try:
            yield part
        finally:
            with suppress(OSError):
                part.unlink()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time; a writer that dies lets go of the lock by dying."""
        with (self._folder / _LOCK).open("ab") as lock:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _settle(descriptor: int) -> None:
    os.fchmod(descriptor, 0o644)  # the server may run as another user
    os.fsync(descriptor)


@contextmanager
def _saying(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(f"{path} cannot be read or written: {error.strerror}.") from error


def open_destination(url: str) -> LocalDestination:
    parts = urlsplit(url)
    if parts.scheme != "file":
        return LocalDestination(url, Path(url))
    if parts.netloc not in {"", "localhost"}:
        raise PublishError("A file:// store is on this machine: file:///folder.")
    return LocalDestination(url, Path(url2pathname(parts.path)))
