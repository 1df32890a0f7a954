"""The README says what is so."""

from __future__ import annotations

import re

from docs.fill import README, filled
from handlers.dialects import DIALECTS
from handlers.settings import VARIABLES, Settings


def test_tables_are_up_to_date() -> None:
    assert README.read_text() == filled(README.read_text()), "make docs"


def test_every_setting_has_a_row_and_a_field() -> None:
    assert [variable.name.lower() for variable in VARIABLES] == list(Settings.__dataclass_fields__)


def test_every_route_is_named() -> None:
    for dialect in DIALECTS:
        for path in dialect.predict_routes:
            plain = re.sub(r"\{(\w+)\}", r"{}", path)
            assert plain in re.sub(r"\{(\w+)\}", r"{}", README.read_text())
