"""The page's files -> what is served of them, under one folder that is named by the digest of all their bytes.

So a browser may keep them for ever, and a page and its scripts are always of one version.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from handlers.render.figures import LIMBS, VISIBLE, side
from handlers.render.palette import PALETTE, Colour, colour_of, ink_on
from model_cache.builtin import EXAMPLES

STATIC = Path(__file__).parent / "static"
FACTS = "facts.js"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}
_TEXTS = (".js", ".css", ".svg")


@dataclass(frozen=True)
class File:
    """gzipped: the same again, for those who take it; None of what is packed already."""

    data: bytes
    media_type: str
    gzipped: bytes | None = None


@dataclass(frozen=True)
class Files:
    """digest: of all of them; by_name: such as "main.js", "reference/main.js" or "examples/one.jpg"."""

    digest: str
    by_name: Mapping[str, File]

    @property
    def modules(self) -> list[str]:
        return [name for name in self.by_name if name.endswith(".js")]


def collect(facts: Mapping[str, Any]) -> Files:
    """All files; those facts that differ from one deployment to the next are made a module, beside ours on drawing."""
    found = [path for path in sorted(STATIC.rglob("*")) if path.suffix in _TEXTS]
    contents = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in found}
    contents[FACTS] = b"export const FACTS = " + orjson.dumps({**facts, "drawing": _drawing()}) + b";\n"
    contents |= {f"examples/{path.name}": path.read_bytes() for path in sorted(EXAMPLES.glob("*.jpg"))}
    digest = hashlib.sha256()
    for name, data in contents.items():
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return Files(digest.hexdigest()[:16], {name: _file(name, data) for name, data in contents.items()})


def _file(name: str, data: bytes) -> File:
    suffix = Path(name).suffix
    return File(data, _TYPES[suffix], gzip.compress(data, mtime=0) if suffix in _TEXTS else None)


def _drawing() -> dict[str, Any]:
    """Colours and limbs, as in the annotated pictures."""
    points = max(max(limb) for limb in LIMBS) + 1
    return {
        "palette": [{"fill": _css(colour_of(i)), "ink": _css(ink_on(colour_of(i)))} for i in range(len(PALETTE))],
        "person": {
            "points": [_css(side(i, i)) for i in range(points)],
            "limbs": [{"ends": limb, "colour": _css(side(*limb))} for limb in LIMBS],
        },
        "visible": VISIBLE,
    }


def _css(colour: Colour) -> str:
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
