"""What is done before anything else is imported, because the cold start is the product.

- OpenBLAS would start a thread for each processor when numpy is imported (35 ms): a picture is one thread's work.
- Python's collector would look through all modules again and again while they are imported.
- The default model is fetched by a child process while this one imports.
"""

from __future__ import annotations

import gc
import os

gc.disable()
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from handlers.settings import Settings, read_settings
from model_cache.stores.base import Store
from model_cache.stores.early import fetch_early


def begin() -> tuple[Settings, Store]:
    """The settings, and the store that they name, already fetching; raises ValueError with a sentence."""
    settings = read_settings()
    store = fetch_early(settings.model_store, settings.cache_dir, settings.cache_bytes, settings.default_model)
    return settings, store


def end() -> None:
    """All is imported: what is there now stays, and is not looked through again."""
    gc.enable()
    gc.freeze()
