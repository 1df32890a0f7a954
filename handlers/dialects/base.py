"""What a dialect is: a vendor's routes, and how its requests are read and its answers written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from starlette.responses import Response

from handlers.errors import ApiError
from handlers.fields import Field
from handlers.inputs import Body
from handlers.schema import Answer, InferenceRequest, Outcome
from model_cache.manifest import ModelEntry
from model_cache.metadata import Metadata


class Models(Protocol):
    """What a side route may know of the models; nothing is loaded for it but by `load`."""

    def find(self, names: tuple[str, ...]) -> ModelEntry:
        """The first of these ids and aliases that is there, of none the default one; raises NotFound."""
        ...

    def entries(self) -> tuple[ModelEntry, ...]:
        """All that the store holds; raises StoreUnavailable."""
        ...

    def load(self, entry: ModelEntry) -> Metadata:
        """Wait until the model is loaded; raises ModelCacheError."""
        ...

    def known(self, entry: ModelEntry) -> Metadata | None:
        """What the model says of itself, if it is loaded."""
        ...


@dataclass(frozen=True)
class Head:
    """A request before its body. path: the route's own parameters by name; headers: by lower-case name."""

    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def bearer(self) -> str | None:
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key if scheme.lower() == "bearer" else None


@dataclass(frozen=True)
class Call(Head):
    """One HTTP request, read whole."""

    body: Body


Answerer = Callable[[Call, Models], Response]


@dataclass(frozen=True)
class Side:
    """What a vendor's clients ask beside predictions.

    summary: what it answers, in a sentence; responds: the name of that answer's schema in the API's description;
    takes: of its JSON body's, where it reads one; query: the values that it reads there.
    """

    method: str
    path: str
    answerer: Answerer
    summary: str
    responds: str
    takes: str | None = None
    query: tuple[Field, ...] = ()


class Dialect(Protocol):
    """predict_routes: paths, in Starlette's pattern language, that predict, by predict_methods.
    side_routes: what the vendor's clients ask besides.
    open_paths: those of the side routes for which the vendor's clients have no key.
    key_field: the value of a JSON body that may be a key, where the head has none.
    """

    open_paths: frozenset[str] = frozenset()
    key_field: str | None = None

    @property
    def predict_routes(self) -> tuple[str, ...]: ...

    @property
    def predict_methods(self) -> tuple[str, ...]:
        return ("POST",)

    @property
    def side_routes(self) -> tuple[Side, ...]: ...

    def keys(self, head: Head) -> Iterable[str | None]:
        """What stands in each of the places where the vendor's clients put their key, the first place first."""
        ...

    def claims(self, call: Call) -> bool:
        """Whether a call is in this dialect, where several share its path; the last of them need not ask."""
        ...

    def aside(self, call: Call) -> Answerer | None:
        """What answers a call at a predicting path that does not ask for a prediction."""
        return None

    def parse(self, call: Call) -> InferenceRequest:
        """What the caller wants; raises ApiError where that cannot be understood."""
        ...

    def entry(self, request: InferenceRequest, answer: Answer) -> Any:
        """What is said of one picture: anything that orjson writes."""
        ...

    def respond(self, request: InferenceRequest, outcome: Outcome) -> Response: ...

    def error(self, error: ApiError) -> Response:
        """The failure in the shape that this dialect's clients read."""
        ...


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON, straight from numpy's types where need be; keys stay in the order given."""
    return Response(
        orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY),
        status,
        dict(headers or {}),
        media_type="application/json",
    )
