"""docs/deploy.md names every variable that infra/ has, and no example that it has not."""

from __future__ import annotations

import re

import pytest

from tests.support.terraform import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text()
DECLARED = sorted(
    {
        name
        for folder in (ROOT / "infra", ROOT / "infra" / "aws")
        for path in folder.glob("variables*.tf")
        for name in re.findall(r'^variable "(\w+)"', path.read_text(), re.MULTILINE)
    }
)


@pytest.mark.parametrize("variable", DECLARED)
def test_variable_is_named(variable: str) -> None:
    assert re.search(rf"`{variable}\b|{variable} +=|-var {variable}=", PAGE)


def test_examples_are_linked() -> None:
    linked = set(re.findall(r"\.\./infra/examples/(\w+)/main\.tf", PAGE))
    assert linked == {path.name for path in (ROOT / "infra" / "examples").iterdir()}
