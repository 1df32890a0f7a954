"""One file after the other, faster than the answers come: what is shown is of the last one."""

from __future__ import annotations

import base64
from pathlib import Path

from model_cache.builtin import EXAMPLES
from tests.support.server import ROOT
from tests.web.conftest import Open
from tests.web.visit import Visit

PICTURE = EXAMPLES / "one.jpg"
SLOW_MS = 4000  # after so many the page says that an answer takes long

_DROP = """(files) => {
    for (const [code, name, type] of files) {
        const bytes = Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name, { type }));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
    }
}"""

# The picture that the endpoint drew is decoded when the test says so.
_SLOW_DRAWING = """() => {
    const original = HTMLImageElement.prototype.decode;
    let held = 0;
    const said = new Promise((resolve) => Object.assign(window, { goOn: resolve }));
    HTMLImageElement.prototype.decode = async function () {
        await original.call(this);
        if (!held++) await said;
    };
    window.held = () => held;
}"""


def packed(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def test_picture_dropped_before_the_video_could_be_shown(open_page: Open, videos: dict[str, Path]) -> None:
    visit = open_page(offline=False)  # in a profile of its own, since all of its tabs have that clock
    visit.page.clock.install()
    files = [(packed(videos[".webm"]), "a.webm", "video/webm"), (packed(PICTURE), "one.jpg", "image/jpeg")]
    visit.answer_to(lambda: visit.page.evaluate(_DROP, files))
    visit.page.clock.run_for(SLOW_MS + 1000)
    assert visit.page.is_hidden("#busy")
    assert visit.page.get_attribute("#stage", "aria-busy") == "false"
    assert visit.page.is_visible("#picture")
    assert len(visit.asked()) == 1


def test_camera_stays_though_a_video_was_being_opened(visit: Visit, videos: dict[str, Path]) -> None:
    """The camera comes while the video's first frame is still to come."""
    visit.page.evaluate("""async () => {
        const stream = await navigator.mediaDevices.getUserMedia({ video: true });
        navigator.mediaDevices.getUserMedia = async () => stream;
    }""")
    visit.page.evaluate(
        f"(files) => {{ ({_DROP})(files); document.querySelector('#webcam').click(); }}",
        [(packed(videos[".webm"]), "a.webm", "video/webm")],
    )
    visit.page.get_by_role("button", name="Take picture").wait_for()
    assert visit.page.is_visible("#camera")
    assert visit.page.evaluate("document.querySelector('#video').getAttribute('src')") is None


def test_answer_to_the_file_before_writes_nothing_beside_the_next(visit: Visit) -> None:
    """A picture that the endpoint had to draw is shown only once that drawing is decoded; another one came first."""
    visit.page.evaluate(_SLOW_DRAWING)
    visit.page.set_input_files("#picker", ROOT / "tests/data/pictures/plain.heic")
    visit.page.wait_for_function("() => held() === 1")
    visit.choose(EXAMPLES / "crowd.jpg")
    before = visit.page.inner_html("#panel"), visit.page.inner_html("#frame")
    visit.page.evaluate("async () => { goOn(); await new Promise(requestAnimationFrame); }")
    assert (visit.page.inner_html("#panel"), visit.page.inner_html("#frame")) == before
    assert visit.page.is_hidden("#drawn-note")
