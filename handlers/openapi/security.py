"""Where keys go: asked of each dialect's own `keys`, by trying every place."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.dialects.base import Dialect, Head
from handlers.openapi.schemas import Schema

_KEY = "key"
_PLACES: dict[str, tuple[Schema, Head]] = {
    "header": (
        {"type": "apiKey", "in": "header", "name": "x-api-key"},
        Head("POST", {}, {}, {"x-api-key": _KEY}),
    ),
    "bearer": ({"type": "http", "scheme": "bearer"}, Head("POST", {}, {}, {"authorization": f"Bearer {_KEY}"})),
    "query": ({"type": "apiKey", "in": "query", "name": "api_key"}, Head("POST", {}, {"api_key": _KEY}, {})),
}
SCHEMES = {name: scheme for name, (scheme, _) in _PLACES.items()}


def security(dialects: Sequence[Dialect], *, anonymous: bool) -> list[Schema]:
    """Any one of these; an empty one where no key is needed."""
    places: list[Schema] = [
        {name: []}
        for name, (_, head) in _PLACES.items()
        if any(_KEY in tuple(dialect.keys(head)) for dialect in dialects)
    ]
    return [*([{}] if anonymous else []), *places]
