"""The models, as one caller may see them."""

from __future__ import annotations

from handlers.access.callers import Caller
from handlers.errors import Forbidden, NotFound
from handlers.params import quoted
from model_cache.cache import ModelCache
from model_cache.errors import ModelNotFound
from model_cache.manifest import ModelEntry
from model_cache.metadata import Metadata
from model_cache.model import Model


class Served:
    def __init__(self, cache: ModelCache[Model], caller: Caller) -> None:
        self._cache = cache
        self._caller = caller

    def find(self, names: tuple[str, ...]) -> ModelEntry:
        """The first of these ids and aliases that is there, of none the default one; raises NotFound.

        Forbidden where the caller may use some models only, and none of these is one of them, whether or not it
        is there: that is not for this caller to know.
        """
        entry = next(filter(None, map(self._known, names)), None) if names else self._default()
        if entry is not None:
            return entry
        asked = " or ".join(map(quoted, names))
        if self._caller.models is not None:
            raise Forbidden(
                f"This key may not use a model {asked}." if names else "Name a model that this key may use."
            )
        raise NotFound(f"There is no model {asked} here.")

    def entries(self) -> tuple[ModelEntry, ...]:
        """All that the store holds and the caller may use; raises StoreUnavailable."""
        return tuple(filter(self._caller.may_use, self._cache.entries()))

    def load(self, entry: ModelEntry) -> Metadata:
        """Wait until the model is loaded; raises ModelCacheError."""
        with self._cache.get(entry.id) as model:
            return model.metadata

    def known(self, entry: ModelEntry) -> Metadata | None:
        """What the model says of itself, if it is loaded."""
        model = self._cache.peek(entry.id)
        return model.metadata if model else None

    def _known(self, name: str) -> ModelEntry | None:
        try:
            entry = self._cache.resolve(name)
        except ModelNotFound:
            return None
        return entry if self._caller.may_use(entry) else None

    def _default(self) -> ModelEntry | None:
        entry = self._cache.resolve(None)
        return entry if self._caller.may_use(entry) else None
