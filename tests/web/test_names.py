"""Names come from whoever made the weights or the file: on the page they are text, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from model_cache.builtin import EXAMPLES
from tests.support.server import Server
from tests.web import servers
from tests.web.conftest import Open
from tests.web.servers import HOSTILE


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.hostile(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.mark.parametrize("model", ["detect", "classify"])
def test_hostile_class_names_are_text(hostile: Server, open_page: Open, model: str) -> None:
    visit = open_page(hostile)
    dialogs: list[str] = []
    visit.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    if model != "detect":
        visit.use(model)
    elements = "document.querySelectorAll('img, script, a, iframe').length"
    before = visit.page.evaluate(elements)
    visit.choose(EXAMPLES / "crowd.jpg")
    names = set(visit.page.locator("#list .name").all_text_contents())
    assert names <= set(HOSTILE)
    assert len(names) > 1
    assert visit.page.evaluate(elements) == before
    assert dialogs == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # They are read out as they are, too.
    assert next(iter(names)) in (visit.page.text_content("#status") or "") or model == "classify"


def test_hostile_file_name_is_text(open_page: Open, tmp_path: Path) -> None:
    visit = open_page()
    name = "<img src=x onerror=alert(1)>.jpg"
    visit.choose({"name": name, "mimeType": "image/jpeg", "buffer": (EXAMPLES / "one.jpg").read_bytes()})
    assert visit.page.inner_text("#file-name") == name
    with visit.page.expect_download() as coming:
        visit.page.click("#download")
    path = tmp_path / "annotated"
    coming.value.save_as(path)
    assert path.read_bytes().startswith(b"\xff\xd8")


def test_long_names_leave_the_page_as_wide_as_it_is(hostile: Server, open_page: Open) -> None:
    visit = open_page(hostile, viewport={"width": 390, "height": 844})
    visit.choose(EXAMPLES / "crowd.jpg")
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
