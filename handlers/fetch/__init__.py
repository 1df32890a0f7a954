"""An image URL -> its bytes, from public addresses only."""

from handlers.fetch.download import fetch_image
from handlers.fetch.sockets import Cancellation

__all__ = ["Cancellation", "fetch_image"]
