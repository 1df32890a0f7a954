"""SISTER_URLS -> the other regions of a deployment: `europe-west1=https://...,us-central1=https://...`."""

from __future__ import annotations

import re

Sister = tuple[str, str]
"""A region's name, and its origin."""

# They stand in a header of the page: nothing but an origin gets through. http is for one's own network.
_SISTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}=https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")


def read_sisters(text: str) -> tuple[Sister, ...]:
    """In the order given; raises ValueError, saying what is wanted."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, url = part.partition("=")
        if not _SISTER.fullmatch(f"{name}={url.rstrip('/')}"):
            raise ValueError("region=https://host, several separated by commas")
        found.append((name, url.rstrip("/").lower()))
    return tuple(found)
