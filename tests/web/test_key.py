"""The page where keys are needed: asks for one, keeps it in its tab, and shows what that key may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from model_cache.builtin import EXAMPLES
from tests.support.server import Server
from tests.web import servers
from tests.web.conftest import Open
from tests.web.visit import Visit

PICTURE = EXAMPLES / "one.jpg"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.guarded(tmp_path_factory.mktemp("guarded")) as running:
        yield running


def enter(visit: Visit, key: str) -> None:
    visit.page.locator("#key-button").click()
    visit.page.fill("#key", key)
    visit.page.get_by_role("button", name="Use key").click()


def said(visit: Visit, status: str, words: str) -> None:
    visit.page.locator(".failure", has_text=words).wait_for()
    assert visit.page.inner_text(".failure .code") == status


def test_no_key_then_a_wrong_one_then_the_right_one(open_page: Open, guarded: Server) -> None:
    visit = open_page(guarded)
    visit.expected.append("status of 401")
    said(visit, "401", "A key is needed here")  # the list of models is not for everybody
    visit.page.get_by_role("button", name="Enter key").click()
    assert visit.page.evaluate("document.activeElement.id") == "key"
    visit.page.keyboard.press("Escape")
    enter(visit, "wrong-key")
    said(visit, "401", "not one of those")
    answer = visit.choose(PICTURE)
    assert answer.status == 401
    said(visit, "401", answer.json()["error"])
    visit.answer_to(lambda: enter(visit, "right-key-for-everything"))  # and what was refused is asked again
    assert visit.page.locator("#list li").count() > 0
    assert visit.page.locator(".failure").count() == 0
    assert visit.page.locator("#model option").count() == 5
    assert visit.asked()[-1].headers["authorization"] == "Bearer right-key-for-everything"
    assert not any("key" in request.url for request in visit.requests if "/assets/" not in request.url)


def test_what_a_key_may_use(open_page: Open, guarded: Server) -> None:
    """One model, which is not the default one, and two predictions an hour."""
    visit = open_page(guarded)
    visit.expected += ["status of 401", "status of 429"]
    enter(visit, "key-of-a-shop-with-little")
    visit.page.wait_for_selector("#model:enabled")
    assert visit.page.locator("#model option").all_inner_texts() == ["shapes-obb"]
    for _ in range(2):
        assert visit.choose(PICTURE).json()["metadata"]["model"] == "shapes-obb"
    answer = visit.choose(PICTURE)
    said(visit, "429", answer.json()["error"])
    assert " min." in visit.page.inner_text(".failure-advice")
    assert visit.page.is_visible("#picture")  # what was asked about stays


def test_key_that_no_header_can_hold(visit: Visit) -> None:
    enter(visit, "two words")
    assert visit.page.is_visible("#key-fault")
    assert visit.page.evaluate("sessionStorage.length") == 0


def test_key_stays_in_the_tab(open_page: Open, server: Server) -> None:
    first, second = open_page(), open_page()
    first.page.get_by_role("button", name="API key").click()
    first.page.fill("#key", "a-secret")
    first.page.keyboard.press("Enter")
    first.page.wait_for_selector("#key-dialog:not([open])", state="attached")
    first.choose(PICTURE)
    second.choose(PICTURE)
    assert first.asked()[-1].headers["authorization"] == "Bearer a-secret"
    assert "authorization" not in second.asked()[-1].headers
    assert not any("a-secret" in request.url for request in first.requests)
    assert "a-secret" not in first.page.content()
    assert first.page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    first.page.get_by_role("button", name="Key set").click()
    first.page.get_by_role("button", name="Forget it").click()
    first.choose(PICTURE)
    assert "authorization" not in first.asked()[-1].headers


def test_without_a_list_of_models_there_is_code_all_the_same(open_page: Open, guarded: Server) -> None:
    visit = open_page(guarded)
    visit.expected.append("status of 401")
    said(visit, "401", "A key is needed here")
    assert visit.page.locator("#model option").all_inner_texts() == ["No models"]
    assert visit.page.is_disabled("#model")
    visit.page.get_by_role("tab", name="Code").click()
    assert f"{guarded.url}/predict" in (visit.page.text_content("#code-text") or "")
