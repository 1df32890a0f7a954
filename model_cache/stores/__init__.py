"""Where models come from. In: MODEL_STORE. Out: a Store. A new kind of store is one file and one row."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from model_cache.stores import gcs, local, s3
from model_cache.stores.base import Store

STORES: dict[str, Callable[[str], Store]] = {
    "": local.open_store,
    "file": local.open_store,
    "gs": gcs.open_store,
    "s3": s3.open_store,
}


def open_store(url: str) -> Store:
    """The store at a path or URL; nothing is read yet. ValueError, in one sentence, if there is no such kind."""
    scheme = urlsplit(url).scheme
    if scheme not in STORES:
        kinds = ", ".join(f"{kind}://" for kind in STORES if kind)
        raise ValueError(f"A model store is a folder's path or begins with one of {kinds}.")
    return STORES[scheme](url)


def is_near(url: str) -> bool:
    """Whether its files lie on this machine and are read where they are."""
    return STORES.get(urlsplit(url).scheme) is local.open_store
