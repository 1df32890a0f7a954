"""The README says what is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from docs.fill import PAGES, README, filled
from handlers.dialects import DIALECTS
from handlers.settings import VARIABLES, Settings


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_tables_are_up_to_date(page: Path) -> None:
    assert page.read_text() == filled(page.read_text()), "make docs"


def test_every_setting_has_a_row_and_a_field() -> None:
    assert [variable.name.lower() for variable in VARIABLES] == list(Settings.__dataclass_fields__)


def test_every_route_is_named() -> None:
    for dialect in DIALECTS:
        for path in dialect.predict_routes:
            plain = re.sub(r"\{(\w+)\}", r"{}", path)
            assert plain in re.sub(r"\{(\w+)\}", r"{}", README.read_text())


def test_first_answer_is_as_shown(client: httpx.Client) -> None:
    """The README's first request, and of its answer the first detection, number for number."""
    text = README.read_text()
    shown = json.loads(text[text.index("```json") + 7 :].split("```")[0])
    path = re.search(r"curl -F file=@(\S+) \S+/predict", text)
    assert path
    answered = client.post("/predict", files={"file": (README.parent / path[1]).read_bytes()}).json()
    assert answered["images"][0]["results"][0] == shown["images"][0]["results"][0]
    assert len(answered["images"][0]["results"]) == 6
    for name in ("model", "task", "classNames", "imageCount"):
        assert answered["metadata"][name] == shown["metadata"][name]
