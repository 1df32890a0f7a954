"""The JSON tab shows, and its button copies, what the endpoint answered, to the last digit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_cache.builtin import EXAMPLES
from tests.support.server import ROOT
from tests.web.clips import FRAMES
from tests.web.visit import Visit

PICTURE = EXAMPLES / "crowd.jpg"


def exactly(text: str) -> Any:
    """JSON whose numbers are left as they were written."""
    return json.loads(text, parse_float=str, parse_int=str)


def tab(visit: Visit) -> tuple[str, str]:
    """The tab's text, and what its button copies."""
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.get_by_role("tab", name="JSON").click()
    visit.page.click("#json-copy")
    visit.page.locator("#json-copy", has_text="Copied").wait_for()
    return visit.page.text_content("#json-text") or "", visit.page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("task", ["segment", "classify"])
def test_answer_is_shown_and_copied_as_it_came(visit: Visit, task: str) -> None:
    visit.use(f"shapes-{task}")
    answer = visit.choose(PICTURE).text()
    shown, copied = tab(visit)
    assert copied == answer
    assert exactly(shown) == exactly(answer)
    assert visit.page.inner_text("#json-note") == "As it was answered"


def test_odd_text_is_only_laid_out(visit: Visit) -> None:
    """The module is asked directly: no built-in model has such names."""
    text = r'{"a":[],"b":{},"c":"\" , : ]} \\","d":[175.0,1e-05,-0.0],"e":[{"f":null}],"\u00e9":{"g":true}}'
    shown = visit.page.evaluate(
        """async (text) => {
            const folder = document.querySelector("script[type=module]").src;
            const { showJson } = await import(new URL("json.js", folder).href);
            showJson({ text }, 0);
            return document.querySelector("#json-text").textContent;
        }""",
        text,
    )
    assert exactly(shown) == exactly(text)
    assert '"d": [175.0, 1e-05, -0.0],\n' in shown


def test_frame_of_a_video_is_named_and_copied(visit: Visit, videos: dict[str, Path]) -> None:
    visit.choose(videos[".webm"])
    visit.page.wait_for_selector("#player:visible")
    visit.page.eval_on_selector("#video", "video => video.pause()")
    visit.slide("seek", 4)
    shown, copied = tab(visit)
    assert visit.page.inner_text("#json-note") == f"Frame 5 of {FRAMES}, as it was answered"
    assert exactly(copied) == exactly(shown)
    assert "\n" not in copied


def test_drawn_picture_is_left_out_and_said_to_be(visit: Visit) -> None:
    answer = visit.choose(ROOT / "tests/data/pictures/plain.heic").json()
    shown, copied = tab(visit)
    del answer["images"][0]["image"]
    assert json.loads(shown) == json.loads(copied) == answer
    assert visit.page.inner_text("#json-note") == "As it was answered, without the drawn picture"


def test_copy_where_the_browser_keeps_the_clipboard_to_itself(visit: Visit) -> None:
    """As it does over plain http from another host."""
    visit.choose(PICTURE)
    visit.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    visit.page.get_by_role("tab", name="JSON").click()
    visit.page.click("#json-copy")
    visit.page.locator("#json-copy", has_text="Copied").wait_for()
    visit.page.evaluate("document.body.append(document.createElement('textarea'))")
    visit.page.focus("textarea")
    visit.page.keyboard.press("Control+v")
    assert visit.page.input_value("textarea") == visit.page.text_content("#json-text")


@pytest.mark.parametrize("tab", ["json", "code"])
def test_text_is_selected_where_it_cannot_be_copied_at_all(visit: Visit, tab: str) -> None:
    visit.choose(PICTURE)
    visit.page.evaluate("""() => {
        Object.defineProperty(navigator, "clipboard", { value: undefined });
        document.execCommand = () => false;
    }""")
    visit.page.click(f"#tab-{tab}")
    visit.page.click(f"#{tab}-copy")
    visit.page.locator(f"#{tab}-copy", has_text="Press Ctrl+C").wait_for()
    assert visit.page.evaluate("getSelection().toString()") == visit.page.text_content(f"#{tab}-text")
