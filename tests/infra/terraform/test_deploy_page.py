"""docs/deploy.md names every variable that infra/ has, and no example that it has not; the image is named for good."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

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


@pytest.mark.parametrize("page", ["README.md", "docs/deploy.md", "docs/operate.md"])
def test_no_apply_is_told_of_an_image_that_the_next_would_not_know(page: str) -> None:
    """Without an image an apply takes the services away."""
    text = (ROOT / page).read_text()
    assert not re.search(r"-var['\" ]*image=", text)
    for file in re.findall(r"echo 'image = .*> (\S+)", text):
        assert fnmatch(Path(file).name, "*.auto.tfvars")


def test_examples_are_linked() -> None:
    linked = set(re.findall(r"\.\./infra/examples/(\w+)/main\.tf", PAGE))
    assert linked == {path.name for path in (ROOT / "infra" / "examples").iterdir()}
