"""The page links to the source of a changed version, where the owner says where that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.settings import InvalidSetting, read_settings
from tests.support.server import Server
from tests.web.conftest import Open
from tests.web.visit import Visit

ADDRESS = "https://git.example/us/endpoint?at=v2"


def test_link_to_the_source(open_page: Open, tmp_path: Path) -> None:
    with Server(tmp_path, SOURCE_URL=ADDRESS) as ours:
        link = open_page(ours).page.get_by_role("link", name="Source")
        assert link.get_attribute("href") == ADDRESS


def test_without_an_address_there_is_no_link(visit: Visit) -> None:
    assert visit.page.is_hidden("#source")


@pytest.mark.parametrize("value", ["git.example", "javascript:alert(1)", "https://", 'https://a.example/"onclick='])
def test_what_is_no_web_address_stops_the_start(value: str) -> None:
    with pytest.raises(InvalidSetting, match="SOURCE_URL"):
        read_settings({"SOURCE_URL": value})
