"""A picture's bytes -> its frame, once its header has been checked."""

from handlers.decode.picture import decode

__all__ = ["decode"]
