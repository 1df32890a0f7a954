"""What is done before anything else is imported, because the cold start is the product.

- OpenBLAS would start a thread for each processor when numpy is imported (35 ms): a picture is one thread's work.
- Python's collector would look through all modules again and again while they are imported.
- The default model is fetched by a child process while this one imports.
- glibc would keep an arena of freed memory for each thread, and give the memory of every large array back to the
  system, to ask for it again, and for its pages to be zeroed, with the next picture.
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

# malloc.h's names for what mallopt sets. Together they took 55 ms to 51 for a picture of 810 x 1080 and its network.
_MALLOPT = {
    "MALLOC_ARENA_MAX": (-8, 2),
    "MALLOC_MMAP_THRESHOLD_": (-3, 32 * 2**20),  # bytes; larger arrays still go back at once
    "MALLOC_TRIM_THRESHOLD_": (-1, 128 * 2**20),
}


def begin() -> tuple[Settings, Store]:
    """The settings, and the store that they name, already fetching; raises ValueError with a sentence."""
    keep_memory()
    settings = read_settings()
    # OpenCV's own limit, which it reads once: behind the headers that decode/headers.py checks.
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(settings.max_pixels)
    store = fetch_early(settings.model_store, settings.cache_dir, settings.cache_bytes, settings.default_model)
    return settings, store


def keep_memory() -> None:
    """Let all threads allocate from two arenas, and keep what is freed for the next picture.

    As these environment variables do, which only a process's start reads; one that is set counts. Nothing is done
    where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    for name, (option, value) in _MALLOPT.items():
        if mallopt is not None and name not in os.environ:
            mallopt(option, value)


def end() -> None:
    """All is imported: what is there now stays, and is not looked through again."""
    gc.enable()
    gc.freeze()
