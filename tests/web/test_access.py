"""The page without a mouse, with a screen reader, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from model_cache.builtin import EXAMPLES
from tests.support.server import ROOT, Server
from tests.web import clips
from tests.web.conftest import Open
from tests.web.visit import Visit

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
PICTURE = EXAMPLES / "crowd.jpg"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def _empty(visit: Visit) -> None:
    pass


def _answered(visit: Visit) -> None:
    visit.choose(PICTURE)
    visit.page.click('#list button[data-index="1"]')


def _json(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="JSON").click()


def _code(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Code").click()


def _key(visit: Visit) -> None:
    visit.page.get_by_role("button", name="API key").click()
    visit.page.fill("#key", "two words")
    visit.page.get_by_role("button", name="Use key").click()


def _failed(visit: Visit) -> None:
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("tab", name="Results").click()
    visit.expected.append("status of 400")
    visit.choose({"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"broken"})


def _classified(visit: Visit) -> None:
    visit.use("shapes-classify")
    visit.choose(PICTURE)


def _video(visit: Visit) -> None:
    visit.choose({"name": "moving.webm", "mimeType": "video/webm", "buffer": clips.webm()})
    visit.page.wait_for_selector("#player:visible")


def _drawn(visit: Visit) -> None:
    visit.choose(ROOT / "tests/data/pictures/plain.heic")
    visit.page.wait_for_selector("#drawn-note:visible")


def _webcam(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Webcam").click()
    visit.page.get_by_role("button", name="Take picture").wait_for()


def _regions(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Regions").click()
    visit.page.wait_for_selector("#measure:enabled")


STATES = (_empty, _answered, _json, _code, _key, _failed, _classified, _video, _drawn, _webcam, _regions)


@pytest.fixture(scope="module")
def sisters(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that knows of another region, hence has all tabs."""
    with Server(tmp_path_factory.mktemp("sisters"), SISTER_URLS=f"europe-west1={server.url}") as running:
        yield running


@pytest.mark.parametrize(
    "options", [{"color_scheme": "light"}, {"color_scheme": "dark"} | PHONE], ids=["light desk", "dark phone"]
)
def test_axe_finds_nothing(open_page: Open, sisters: Server, server: Server, options: dict[str, Any]) -> None:
    visit = open_page(sisters, reduced_motion="reduce", **options)
    visit.elsewhere = (server.url.removeprefix("http://"),)
    visit.page.evaluate(AXE)
    for state in STATES:
        state(visit)
        found = visit.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        faults = [f"{one['id']} ({one['impact']}): {node['html'][:150]}" for one in found for node in one["nodes"]]
        assert faults == [], state.__name__
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state.__name__


def test_all_is_reached_by_keyboard(visit: Visit) -> None:
    visit.choose(PICTURE)
    visit.page.evaluate("document.activeElement.blur()")
    reached: list[str] = []
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        name: str = visit.page.evaluate("document.activeElement.id || document.activeElement.className.split(' ')[0]")
        if reached and name == reached[0]:
            break
        reached.append(name)
    wanted = ["skip", "model", "key-button", "choose", "webcam", "example", "conf", "iou", "imgsz", "tab-results"]
    assert [name for name in dict.fromkeys(reached) if name in wanted] == wanted
    assert {"chip", "result", "download"} <= set(reached)


def test_result_is_picked_by_keyboard(visit: Visit) -> None:
    visit.choose(PICTURE)
    visit.page.focus('#list button[data-index="2"]')
    assert visit.page.locator('.figure.marked[data-index="2"]').count() == 1
    visit.page.keyboard.press("Enter")
    assert visit.page.get_attribute('#list button[data-index="2"]', "aria-pressed") == "true"


def test_tabs_by_arrows(visit: Visit) -> None:
    visit.page.focus("#tab-results")
    for key, chosen in (("ArrowRight", "json"), ("End", "code"), ("ArrowRight", "results"), ("ArrowLeft", "code")):
        visit.page.keyboard.press(key)
        assert visit.page.get_attribute(f"#tab-{chosen}", "aria-selected") == "true"
        assert visit.page.is_visible(f"#panel-{chosen}")
        assert visit.page.locator("#tabs [aria-selected=true]").count() == 1


def test_results_are_announced(visit: Visit) -> None:
    status = visit.page.get_by_role("status")
    answer = visit.choose(PICTURE).json()
    count = len(answer["images"][0]["results"])
    assert (status.text_content() or "").startswith(f"{count} found: ")
    visit.answer_to(lambda: visit.slide("conf", 1))
    assert status.text_content() == "Nothing was found."
    assert visit.page.is_visible("#none")
    visit.use("shapes-classify")
    visit.settled()
    assert (status.text_content() or "").startswith("Most likely ")


def test_phone_shows_everything_in_one_column(open_page: Open) -> None:
    visit = open_page(**PHONE)
    visit.choose(PICTURE)
    boxes = [visit.page.locator(one).bounding_box() for one in ("#stage", ".params", "#panel")]
    assert len({(box["x"], box["width"]) for box in boxes if box}) == 1
