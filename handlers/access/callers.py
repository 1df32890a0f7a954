"""Whose request it is, and what that caller may do."""

from __future__ import annotations

from dataclasses import dataclass

from model_cache.manifest import ModelEntry


@dataclass(frozen=True)
class Caller:
    """id: what its requests are counted by: the key's SHA-256, or the address of a caller without one.

    quota: how often it may ask, as QUOTA writes it; None: as often as it likes.
    name: what its key is called where requests are logged, or the first of its hash; None without a key.
    models: the ids and aliases of the models that it may use; None: all.
    """

    id: str
    quota: str | None = None
    models: frozenset[str] | None = None
    name: str | None = None

    def may_use(self, entry: ModelEntry) -> bool:
        return self.models is None or not self.models.isdisjoint((entry.id, *entry.aliases))


NOBODY = Caller("nobody", models=frozenset())
"""Who asks what is open to all, where a key is needed for everything else: it is told of no model."""
