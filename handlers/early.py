"""What is done before anything else is imported, because the cold start is the product.

- OpenBLAS would start a thread for each processor when numpy is imported (35 ms): a picture is one thread's work.
- Python's collector would look through all modules again and again while they are imported.
- The default model is fetched by a child process while this one imports.
- glibc would keep an arena of freed memory for each of up to eight threads a processor.
"""

from __future__ import annotations

import ctypes
import gc
import os

gc.disable()
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from handlers.settings import Settings, read_settings
from model_cache.stores.base import Store
from model_cache.stores.early import fetch_early

_M_ARENA_MAX = -8  # malloc.h


def begin() -> tuple[Settings, Store]:
    """The settings, and the store that they name, already fetching; raises ValueError with a sentence."""
    share_arenas()
    settings = read_settings()
    store = fetch_early(settings.model_store, settings.cache_dir, settings.cache_bytes, settings.default_model)
    return settings, store


def share_arenas() -> None:
    """Let all threads allocate from two arenas: pictures come and go, and each arena keeps its own largest ones.

    What MALLOC_ARENA_MAX=2 does, which only a process's start reads. Nothing is done where that is set, or where
    the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(_M_ARENA_MAX, 2)


def end() -> None:
    """All is imported: what is there now stays, and is not looked through again."""
    gc.enable()
    gc.freeze()
