"""docs/operate.md says nothing that the tool does not know, and leaves out no command."""

from __future__ import annotations

import re
import shlex

import pytest

from infra.tool.cli import _HERE, _IN_CLOUD, parser
from tests.support.server import ROOT

LINES = re.findall(r"(?:^|\(|&& )infra/endpoint ([^)#&\n]+)", (ROOT / "docs/operate.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", LINES)
def test_example_is_understood(line: str) -> None:
    assert parser().parse_args(shlex.split(line.rstrip(" \\"))).command in {*_IN_CLOUD, *_HERE}


def test_every_command_has_an_example() -> None:
    assert {line.split()[0] for line in LINES} == {*_IN_CLOUD, *_HERE}
