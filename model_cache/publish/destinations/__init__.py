"""Where models are published to. In: a URL. Out: a Destination. A new kind is one file and one row.

The rows are those of model_cache.stores: what cannot be read need not be written.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from model_cache.publish.destinations import gcs, local, s3
from model_cache.publish.destinations.base import Destination
from model_cache.publish.errors import PublishError

DESTINATIONS: dict[str, Callable[[str], Destination]] = {
    "": local.open_destination,
    "file": local.open_destination,
    "gs": gcs.open_destination,
    "s3": s3.open_destination,
}


def open_destination(url: str) -> Destination:
    """The store at a path or URL; nothing is asked of it yet. PublishError if there is no such kind."""
    scheme = urlsplit(url).scheme
    if scheme not in DESTINATIONS:
        kinds = ", ".join(f"{kind}://" for kind in DESTINATIONS if kind)
        raise PublishError(f"Models are published to a folder's path or to what begins with one of {kinds}.")
    return DESTINATIONS[scheme](url)
