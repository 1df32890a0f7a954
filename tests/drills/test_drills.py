"""The short forms of all drills: nothing lost, nothing wrong, nothing that hangs. Speed is for the full forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drills.table import DRILLS


@pytest.mark.parametrize("name", DRILLS)
def test_short_form(name: str, tmp_path: Path) -> None:
    drill = DRILLS[name]
    result = drill.run(tmp_path, **drill.sizes(full=False))
    assert result.faults() == [], result
