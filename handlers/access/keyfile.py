"""The file of keys: JSON, a key or its hash -> its name, its quota and the models that it may use.

    {"sha256:9f86...": {"name": "shop", "quota": "100/hour", "models": ["helmets", "coco/3"]},
     "ul_0a1b...": {}}

Without "quota" a key has that of QUOTA, and with null none; without "models" it may use all.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from handlers.access.callers import Caller
from handlers.access.keys import read_key, shown
from handlers.quota import read_quota

logger = logging.getLogger(__name__)
_FIELDS = {"name", "quota", "models"}
_Stamp = tuple[int, int, int]


class _Unreadable(ValueError):
    """The file is not to be had, which may be over the next time."""


class KeyFile:
    """The callers that the file names, as it was when it last could be read."""

    def __init__(self, path: Path, quota: str | None) -> None:
        """quota: of the keys that name none. Raises ValueError, in a sentence, where the file cannot be used."""
        self._path = path
        self._quota = quota
        self._stamp = _stamp(path)
        self._failed: _Stamp | None = None
        self.callers = _read(path, quota)

    def refresh(self) -> None:
        """Read the file again if it has changed; one that cannot be used leaves the keys as they were."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        try:
            self.callers = _read(self._path, self._quota)
        except ValueError as error:
            if stamp != self._failed:  # it is said once
                logger.error("The keys stay as they were: %s", error)
            self._failed = stamp
            if isinstance(error, _Unreadable) and stamp is not None:
                return  # and tried again
        else:
            self._failed = None
            logger.warning("The file of keys has changed: it now holds %d.", len(self.callers))
        self._stamp = stamp


def _stamp(path: Path) -> _Stamp | None:
    """What changes with the file; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path, quota: str | None) -> dict[bytes, Caller]:
    try:
        content = json.loads(path.read_bytes())
    except OSError:
        raise _Unreadable("API_KEYS_FILE names a file that cannot be read.") from None
    except (ValueError, RecursionError):
        raise ValueError("API_KEYS_FILE is not valid JSON.") from None
    if not isinstance(content, dict):
        raise ValueError("API_KEYS_FILE must hold a JSON object: a key or its hash -> what it may do.")
    callers = {}
    for number, (key, said) in enumerate(content.items(), 1):
        try:
            found = read_key(key)
            callers[found] = _caller(found, said, quota)
        except ValueError as error:
            raise ValueError(f"API_KEYS_FILE: entry {number} must be {error}.") from None
    return callers


def _caller(found: bytes, said: Any, quota: str | None) -> Caller:
    if not isinstance(said, dict) or not _FIELDS.issuperset(said):
        raise ValueError('a key -> an object with none but "name", "quota" and "models"')
    own, models = said.get("quota", quota), said.get("models")
    if not isinstance(said.get("name", ""), str):
        raise ValueError('one whose "name" is text')
    if not isinstance(own, str | None):
        raise ValueError('one whose "quota" is text or null')
    if models is not None and not (isinstance(models, list) and all(isinstance(model, str) for model in models)):
        raise ValueError('one whose "models" is a list of model ids')
    own = read_quota(own) if own is not None else None
    name = said.get("name") or shown(found)
    return Caller(found.hex(), own, None if models is None else frozenset(models), name)
