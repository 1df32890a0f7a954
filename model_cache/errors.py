"""Why a model or a prediction could not be had; handlers give each its HTTP status.

ModelCacheError
├── ModelNotFound       the store holds no such model
├── ModelUnusable       its file is damaged, of the wrong kind, or not what the index promised
├── StoreUnavailable    the store is away, refuses us, or is too slow; worth trying again
└── InvalidOptions      what was asked of the model it cannot do
"""

from __future__ import annotations


class ModelCacheError(Exception):
    """The message is one sentence fit for a caller: no path, no key, no address."""


class ModelNotFound(ModelCacheError):
    pass


class ModelUnusable(ModelCacheError):
    pass


class StoreUnavailable(ModelCacheError):
    pass


class InvalidOptions(ModelCacheError):
    pass
