"""Which models a store holds. In: the bytes of models.json, or the names of its files. Out: a Manifest.

{"models": {"coco/3": {"file": "coco/3.onnx", "sha256": "...", "size": 9894000, "task": "detect",
"names": {"0": "person"}, "imgsz": 640, "aliases": ["yolov8n-640"]}}}

Only "file" must be there. Keys that are not known are passed over, so that a newer index stays readable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model_cache.engines import ENGINES
from model_cache.errors import ModelNotFound, StoreUnavailable
from model_cache.tasks import TASKS, Task

INDEX = "models.json"
INDEX_BYTES = 4 * 2**20  # some ten thousand models
SUFFIXES = tuple(ENGINES)  # of weights that share an id, those of the first suffix are served

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ModelEntry:
    """One model of a store.

    file: its path in the store; sha256 (lower-case hex), size (bytes): what the file must be.
    task, names, imgsz: what the index says of it; None leaves it to the weights themselves.
    aliases: other names it answers to; a model whose aliases alone have changed is the same.
    """

    id: str
    file: str
    sha256: str | None = None
    size: int | None = None
    task: Task | None = None
    names: Mapping[int, str] | None = None
    imgsz: int | None = None
    aliases: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Manifest:
    entries: tuple[ModelEntry, ...] = ()
    _by_name: Mapping[str, ModelEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, ModelEntry] = {}
        for entry in self.entries:
            for name in (entry.id, *entry.aliases):
                if by_name.setdefault(name, entry) is not entry:
                    raise _malformed(f'gives the name "{name}" to two models')
        object.__setattr__(self, "_by_name", by_name)

    def resolve(self, name: str) -> ModelEntry:
        """The model of that id or alias; ModelNotFound otherwise."""
        entry = self.find(name)
        if entry is None:
            raise not_found(name)
        return entry

    def find(self, name: str) -> ModelEntry | None:
        return self._by_name.get(name)

    def only(self) -> ModelEntry | None:
        """The store's only model, if it has just one."""
        return self.entries[0] if len(self.entries) == 1 else None


def not_found(name: str) -> ModelNotFound:
    # A name that cannot be an id may be of any length and hold control characters: it is not repeated.
    return ModelNotFound(f'There is no model "{name}" here.' if is_path(name) else "There is no such model here.")


def is_path(name: str) -> bool:
    """Whether `name` may be an id, or a file, of a store: it then leads nowhere else in any of them."""
    return (
        len(name) <= 512
        and ".." not in name
        and all(_SEGMENT.fullmatch(segment) is not None for segment in name.split("/"))
    )


def parse(data: bytes) -> Manifest:
    """models.json; StoreUnavailable, saying what is wrong with it, if it cannot be used."""
    if len(data) > INDEX_BYTES:
        raise _malformed(f"is larger than {INDEX_BYTES} bytes")
    try:
        index = json.loads(data, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):  # ValueError: not UTF-8, not JSON, or a number of 5,000 digits
        raise _malformed("is not valid JSON") from None
    models = index.get("models") if isinstance(index, dict) else None
    if not isinstance(models, dict):
        raise _malformed('has no object "models"')
    return Manifest(tuple(_entry(id_, value) for id_, value in models.items()))


def from_listing(files: Iterable[str]) -> Manifest:
    """The models of a store without models.json, from the paths of all its files: path less suffix is the id."""
    found: dict[str, str] = {}
    ranked = sorted((name for name in files if is_path(name) and name.endswith(SUFFIXES)), key=_rank)
    for name in ranked:
        id_ = name[: name.rindex(".")]
        if is_path(id_):
            found.setdefault(id_, name)
    return Manifest(tuple(ModelEntry(id_, name) for id_, name in sorted(found.items())))


def _rank(name: str) -> int:
    return next(rank for rank, suffix in enumerate(SUFFIXES) if name.endswith(suffix))


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two models with the same id, json would silently keep the last.
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise _malformed("has an object with the same key twice")
    return unique


def _entry(id_: str, value: object) -> ModelEntry:
    if not is_path(id_):
        raise _malformed("has a model id that is not made of letters, digits, '.', '_', '-' and '/'")
    if not isinstance(value, dict):
        raise _malformed(f'must give an object for "{id_}"')
    file, sha256, task = (_text(id_, value, key) for key in ("file", "sha256", "task"))
    if file is None or not is_path(file):
        raise _malformed(f'must give a path inside the store as "file" of "{id_}"')
    sha256 = sha256.lower() if sha256 else None
    if sha256 and not _SHA256.fullmatch(sha256):
        raise _malformed(f'must give 64 hexadecimal digits as "sha256" of "{id_}"')
    known = next((known for known in TASKS if known == task), None)
    if task is not None and known is None:
        raise _malformed(f'must give one of {", ".join(TASKS)} as "task" of "{id_}"')
    size, imgsz = _positive(id_, value, "size"), _positive(id_, value, "imgsz")
    return ModelEntry(id_, file, sha256, size, known, _names(id_, value), imgsz, _aliases(id_, value))


def _text(id_: str, value: dict[str, Any], key: str) -> str | None:
    text = value.get(key)
    if text is not None and not isinstance(text, str):
        raise _malformed(f'must give a string as "{key}" of "{id_}"')
    return text


def _positive(id_: str, value: dict[str, Any], key: str) -> int | None:
    number = value.get(key)
    # bool is an int to Python, but not to whoever wrote true.
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        raise _malformed(f'must give a positive whole number as "{key}" of "{id_}"')
    return number


def _names(id_: str, value: dict[str, Any]) -> Mapping[int, str] | None:
    names = value.get("names")
    if names is None:
        return None
    numbered = enumerate(names) if isinstance(names, list) else names.items() if isinstance(names, dict) else None
    if numbered is None:
        raise _malformed(f'must give an object or a list as "names" of "{id_}"')
    result = {}
    for number, name in numbered:
        if not isinstance(name, str) or not re.fullmatch(r"[0-9]{1,6}", str(number)):
            raise _malformed(f'must give class numbers with their names as "names" of "{id_}"')
        result[int(number)] = name
    return result


def _aliases(id_: str, value: dict[str, Any]) -> tuple[str, ...]:
    aliases = value.get("aliases")
    if aliases is None:
        return ()
    if not isinstance(aliases, list) or not all(isinstance(alias, str) and is_path(alias) for alias in aliases):
        raise _malformed(f'must give a list of names, formed as ids are, as "aliases" of "{id_}"')
    return tuple(aliases)


def _malformed(what: str) -> StoreUnavailable:
    return StoreUnavailable(f"{INDEX} {what}.")
