"""An image URL -> its bytes, from public addresses only."""

from handlers.fetch.download import fetch_image

__all__ = ["fetch_image"]
