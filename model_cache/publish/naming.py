"""What published files are called: `ID-DIGEST.onnx`, by the first digits of their sha256.

A new file never takes the place of an old one. While models.json is being replaced, whoever reads the old one finds
the old file, and whoever reads the new one the new file; nobody finds a file that is not what the index promises.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_DIGITS = 12
_PUBLISHED = re.compile(rf".+-[0-9a-f]{{{_DIGITS}}}\.(onnx|pt)")

_PART = re.compile(rf"(.+/)?\.([^/]+-[0-9a-f]{{{_DIGITS}}}\.(onnx|pt)|models\.json)-[0-9a-f]{{8}}\.part")


def name(id_: str, sha256: str, suffix: str) -> str:
    return f"{id_}-{sha256[:_DIGITS]}{suffix}"


def is_published(file: str) -> bool:
    """Whether a file's name is one of ours."""
    return _PUBLISHED.fullmatch(file) is not None


def is_part(file: str) -> bool:
    """Whether a file's name is that of one of ours that is being written into a folder."""
    return _PART.fullmatch(file) is not None


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
