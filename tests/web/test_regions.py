"""Where the deployment knows its other regions, the page measures how far each is, and asks no other host."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.settings import InvalidSetting, read_settings
from tests.support.server import Server, free_port
from tests.web.conftest import Open
from tests.web.visit import Visit


def test_regions_are_measured_and_sorted(open_page: Open, server: Server, tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    sisters = f"asia-east1={gone}, europe-west1={server.url}/"
    with Server(tmp_path, SISTER_URLS=sisters) as ours:
        visit = open_page(ours)
        visit.expected.append("ERR_CONNECTION_REFUSED")
        visit.elsewhere = (gone.removeprefix("http://"), server.url.removeprefix("http://"))
        assert not any(request.url.endswith("/health") for request in visit.requests)
        visit.page.get_by_role("tab", name="Regions").click()
        visit.page.wait_for_selector("#measure:enabled")
        rows = [
            row.inner_text().replace("\n", "").split("\t") for row in visit.page.query_selector_all("#region-rows tr")
        ]
        assert [row[0] for row in rows] == ["europe-west1", "asia-east1"]
        assert float(rows[0][1].removesuffix(" ms")) >= 0
        assert rows[1][1].strip() == "no answer"
        assert sum(request.url == f"{server.url}/health" for request in visit.requests) == 6
        assert "europe-west1" in (visit.page.get_by_role("status").text_content() or "")
        policy = visit.page.request.get(ours.url, headers={"Accept": "text/html"}).headers["content-security-policy"]
        assert f"connect-src 'self' {gone} {server.url};" in policy


def test_without_regions_there_is_no_tab(visit: Visit) -> None:
    assert visit.page.get_by_role("tab").filter(visible=True).all_inner_texts() == ["Results", "JSON", "Code"]


@pytest.mark.parametrize(
    "value",
    [
        "https://a.example",
        "a=ftp://a.example",
        "a=https://a.example/path",
        "a=https://a.example; script-src *",
        "a=https://user@a.example",
        "a b=https://a.example",
        "a=https://*",
    ],
)
def test_what_is_no_origin_stops_the_start(value: str) -> None:
    with pytest.raises(InvalidSetting, match="SISTER_URLS"):
        read_settings({"SISTER_URLS": value})


def test_origins_are_read() -> None:
    settings = read_settings({"SISTER_URLS": "europe-west1=https://A.example/, here=http://127.0.0.1:8080"})
    assert settings.sister_urls == (("europe-west1", "https://a.example"), ("here", "http://127.0.0.1:8080"))
