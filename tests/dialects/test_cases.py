"""Every case of every dialect, against the running server."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from handlers.dialects import DIALECTS
from tests.dialects.cases import FOLDER, ask, cases, check
from tests.support.server import Server

NAMES = [type(dialect).__module__.rpartition(".")[2] for dialect in DIALECTS]


@pytest.mark.parametrize(
    "case", [case for name in NAMES for case in cases(name)], ids=lambda case: f"{case.parent.name}/{case.stem}"
)
def test_case(case: Path, client: httpx.Client, tmp_path: Path) -> None:
    described = json.loads(case.read_text())
    with ExitStack() as stack:
        if "settings" in described:
            client = stack.enter_context(stack.enter_context(Server(tmp_path, **described["settings"])).client())
        check(ask(client, described["request"]), described["answer"])
        # Whatever came, the next ordinary request is answered.
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_dialect_has_cases(name: str) -> None:
    assert len(list((FOLDER / name).glob("*.json"))) >= 3
