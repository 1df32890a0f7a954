"""Where keys go: asked of each dialect's own `keys`, with every place named by what stands in it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.dialects.base import Dialect, Head
from handlers.openapi.schemas import Schema

SCHEMES: dict[str, Schema] = {
    "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "query": {"type": "apiKey", "in": "query", "name": "api_key"},
}
_EVERYWHERE = Head("POST", {}, {"api_key": "query"}, {"x-api-key": "header", "authorization": "Bearer bearer"})


def security(dialects: Sequence[Dialect], *, anonymous: bool) -> list[Schema]:
    """Any one of these, the last dialect's first; an empty one where no key is needed."""
    places = [place for dialect in reversed(dialects) for place in dialect.keys(_EVERYWHERE) if place in SCHEMES]
    return [*([{}] if anonymous else []), *({place: []} for place in dict.fromkeys(places))]
