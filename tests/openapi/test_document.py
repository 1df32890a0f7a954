"""The description as a document: valid, and of everything that is served."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

import handlers.dialects
from handlers.app import create_app
from handlers.dialects import DIALECTS
from handlers.fields import Field
from handlers.openapi.described import DESCRIBED
from handlers.openapi.document import build
from tests.openapi.answers import validate
from tests.support.server import ROOT

DOCUMENT = build("shapes-detect", anonymous=True)


def test_document_is_openapi() -> None:
    assert [*OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_names_of_operations_are_different() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len({*names}) == len(names)


def test_every_route_is_described_and_nothing_else() -> None:
    served: set[tuple[str, str]] = set()
    for route in create_app().routes:
        assert isinstance(route, Route)
        # What refuses a method, or says that nothing is there, takes every method.
        if "OPTIONS" not in (route.methods or ()):
            served |= {
                (method, route.path.replace(":path}", "}")) for method in route.methods or () if method != "HEAD"
            }
    assert served == {at for at, _ in operations()}


def test_every_dialect_is_described() -> None:
    assert [*DESCRIBED] == [type(dialect) for dialect in DIALECTS]


def test_every_field_that_is_read_is_described() -> None:
    said = {parameter["name"] for _, operation in operations() for parameter in operation.get("parameters", [])}
    for _, operation in operations():
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            said |= properties(content["schema"])
    assert {field.name for field in fields()} - said == set()


def test_every_answer_is_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for dialect in DIALECTS:
        for side in dialect.side_routes:
            assert side.summary.endswith(".")
            assert side.responds in schemas
            assert side.takes is None or side.takes in schemas


def test_errors_are_of_the_schemas_that_they_are_said_to_be() -> None:
    for response in DOCUMENT["components"]["responses"].values():
        content = response["content"]["application/json"]
        assert content["examples"]
        for example in content["examples"].values():
            validate(DOCUMENT, content["schema"], example["value"])


def test_keys_are_needed_where_they_are() -> None:
    for (method, path), operation in operations(build("my-model", anonymous=False)):
        is_open = method == "GET" and path in ("/", "/health", "/openapi.json", "/docs", "/assets/{digest}/{name}")
        is_open |= any(path in dialect.open_paths for dialect in DIALECTS)
        assert (operation["security"] == []) == is_open, path
        assert {} not in operation["security"]


def test_document_is_small_on_the_wire(client: httpx.Client) -> None:
    answered = client.get("/openapi.json", headers={"accept-encoding": "gzip"})
    assert answered.headers["content-encoding"] == "gzip"
    assert answered.json() == client.get("/openapi.json", headers={"accept-encoding": "identity"}).json()


def operations(document: dict[str, Any] = DOCUMENT) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield (method.upper(), path), operation


def fields() -> Iterator[Field]:
    """All rows of the dialects' modules."""
    for found in pkgutil.iter_modules(handlers.dialects.__path__):
        module = importlib.import_module(f"handlers.dialects.{found.name}")
        yield from (value for value in vars(module).values() if isinstance(value, Field))


def properties(schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        return properties(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return {*schema.get("properties", {})}.union(*map(properties, schema.get("anyOf", [])))


def test_start_makes_no_description() -> None:
    """A cold start needs none of it."""
    code = "import sys, handlers.app; handlers.app.create_app(); print(*(n for n in sys.modules if 'openapi' in n))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["handlers.openapi", "handlers.openapi.served"]
