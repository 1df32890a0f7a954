"""Every case of every dialect, against the running server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from handlers.dialects import DIALECTS
from tests.dialects.cases import FOLDER, ask, cases, check
from tests.support.server import Server

# Servers that several cases share. No request at all is within the quota of the last.
SERVERS = {"keys": {"API_KEYS_FILE": "tests/data/keys.json"}, "quota": {"QUOTA": "0/hour"}}
NAMES = [type(dialect).__module__.rpartition(".")[2] for dialect in DIALECTS]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], httpx.Client]]:
    """A client of the server of that name, which starts when it is first asked for."""
    clients: dict[str, httpx.Client] = {}
    with ExitStack() as stack:

        def client_of(name: str) -> httpx.Client:
            if name not in clients:
                server = stack.enter_context(Server(tmp_path_factory.mktemp(name), **SERVERS[name]))
                clients[name] = stack.enter_context(server.client())
            return clients[name]

        yield client_of


@pytest.mark.parametrize(
    "case", [case for name in NAMES for case in cases(name)], ids=lambda case: f"{case.parent.name}/{case.stem}"
)
def test_case(case: Path, client: httpx.Client, shared: Callable[[str], httpx.Client], tmp_path: Path) -> None:
    described = json.loads(case.read_text())
    with ExitStack() as stack:
        if "settings" in described:
            client = stack.enter_context(stack.enter_context(Server(tmp_path, **described["settings"])).client())
        if "server" in described:
            client = shared(described["server"])
        check(ask(client, described["request"]), described["answer"])
        # Whatever came, the next ordinary request is answered.
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_dialect_has_cases(name: str) -> None:
    assert len(list((FOLDER / name).glob("*.json"))) >= 3
