"""Every way to hand in a picture: chosen, dropped, pasted, an example, the webcam; always its own bytes are sent."""

from __future__ import annotations

import base64

import httpx
import numpy as np
import pytest
from PIL import Image

from model_cache.builtin import EXAMPLES
from tests.support.server import ROOT
from tests.web.visit import Visit, ask

PICTURE = EXAMPLES / "large.jpg"


def test_chosen_file_is_sent_as_it_is(visit: Visit) -> None:
    visit.choose(PICTURE)
    fields, file = visit.form()
    assert file == PICTURE.read_bytes()
    assert fields == {"conf": "0.25", "iou": "0.7"}
    assert visit.page.inner_text("#file-name") == "large.jpg"


@pytest.mark.parametrize("name", ["shapes", "crowd", "portrait", "one", "panorama"])
def test_example(visit: Visit, client: httpx.Client, name: str) -> None:
    visit.answer_to(lambda: visit.page.get_by_role("button", name=f"Example: {name}").click())
    picture = (EXAMPLES / f"{name}.jpg").read_bytes()
    assert visit.form()[1] == picture
    found = ask(client, "/predict", picture)["images"][0]["results"]
    assert visit.page.inner_text("#summary") == f"{len(found)} found"
    assert visit.page.get_attribute(f'[aria-label="Example: {name}"]', "aria-pressed") == "true"


def test_examples_are_there_before_they_are_chosen(visit: Visit) -> None:
    loaded = visit.page.eval_on_selector_all(
        "#example-list img", "all => all.map(one => one.decode().then(() => one.naturalWidth))"
    )
    assert len(loaded) == 5


def _transfer(kind: str) -> str:
    """JavaScript that gives a file to the page as the browser itself does it."""
    return f"""([code, name]) => {{
        const bytes = Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name, {{ type: "image/jpeg" }}));
        {kind}
    }}"""


@pytest.mark.parametrize(
    "event",
    [
        'document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }));',
        'document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));',
    ],
    ids=["paste", "drop"],
)
def test_paste_and_drop(visit: Visit, event: str) -> None:
    code = base64.b64encode(PICTURE.read_bytes()).decode()
    visit.answer_to(lambda: visit.page.evaluate(_transfer(event), [code, "from elsewhere.jpg"]))
    assert visit.form()[1] == PICTURE.read_bytes()
    assert visit.page.locator("#list li").count() > 0


def test_paste_from_the_clipboard(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.evaluate("""async () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
        canvas.getContext("2d").fillRect(8, 8, 20, 20);
        const blob = await new Promise((resolve) => canvas.toBlob(resolve));
        await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    }""")
    answer = visit.answer_to(lambda: visit.page.keyboard.press("Control+v")).json()
    assert answer["images"][0]["shape"] == [48, 64]
    assert visit.page.get_attribute("#overlay", "viewBox") == "0 0 64 48"


def test_dragging_over_the_page_shows_where_to(visit: Visit) -> None:
    for event, over in (("dragenter", True), ("dragenter", True), ("dragleave", True), ("dragleave", False)):
        visit.page.evaluate("(event) => document.body.dispatchEvent(new DragEvent(event, {bubbles: true}))", event)
        assert ("over" in (visit.page.get_attribute("#stage", "class") or "")) is over


def test_webcam_takes_one_picture_a_click(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Webcam").click()
    take = visit.page.get_by_role("button", name="Take picture")
    take.wait_for()
    answer = visit.answer_to(take.dblclick).json()
    height, width = answer["images"][0]["shape"]
    assert visit.page.get_attribute("#overlay", "viewBox") == f"0 0 {width} {height}"
    assert visit.page.is_hidden("#camera")
    assert visit.page.evaluate("document.querySelector('#camera').srcObject === null")
    visit.page.get_by_role("button", name="Webcam").click()
    visit.page.wait_for_selector("#camera:visible")
    assert visit.page.locator("#list li").count() == 0  # nothing of the last picture is left beside the live one
    assert len(visit.asked()) == 1


# A camera that comes, or is refused, when the test says so.
_SLOW_CAMERA = """() => {
    const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const said = new Promise((resolve, reject) => Object.assign(window, { come: resolve, refuse: reject }));
    navigator.mediaDevices.getUserMedia = async (wish) => (await said, (window.stream = await original(wish)));
}"""


def test_webcam_that_comes_after_another_picture_was_chosen_is_let_go(visit: Visit) -> None:
    visit.page.evaluate(_SLOW_CAMERA)
    visit.page.get_by_role("button", name="Webcam").click()
    visit.choose(PICTURE)
    visit.page.evaluate("""async () => {
        come();
        const ended = () => window.stream?.getTracks().every((track) => track.readyState === "ended");
        while (!ended()) await new Promise(requestAnimationFrame);
    }""")
    assert visit.page.is_visible("#picture")
    assert visit.page.is_hidden("#camera")
    visit.page.wait_for_selector("#webcam:enabled")
    assert visit.page.inner_text("#webcam").strip() == "Webcam"


def test_webcam_that_is_refused(visit: Visit) -> None:
    visit.page.evaluate(_SLOW_CAMERA)
    visit.page.get_by_role("button", name="Webcam").click()
    visit.page.evaluate("refuse(new DOMException('', 'NotAllowedError'))")
    visit.page.wait_for_selector("#notice :text('was not allowed to use the camera')")
    assert visit.page.is_enabled("#webcam")
    assert visit.page.evaluate("document.activeElement.id") == "webcam"


def test_file_that_the_browser_cannot_show_is_drawn_by_the_endpoint(visit: Visit, client: httpx.Client) -> None:
    path = ROOT / "tests/data/pictures/plain.heic"
    visit.choose(path)
    fields, file = visit.form()
    assert fields["format"] == "image_and_json"
    assert file == path.read_bytes()
    assert visit.page.is_visible("#drawn-note")
    entry = ask(client, "/predict", path.read_bytes())["images"][0]
    width = visit.page.eval_on_selector("#picture", "picture => picture.naturalWidth")
    assert width == entry["shape"][1]
    assert visit.page.locator("#list li").count() == len(entry["results"])
    assert '"image"' not in visit.page.inner_text("#tab-json") + (visit.page.text_content("#json-text") or "")


def test_turned_photograph_is_shown_and_marked_upright(visit: Visit, tmp_path: object) -> None:
    """A camera's orientation: the browser turns the picture, and so does the endpoint."""
    picture = Image.open(EXAMPLES / "portrait.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    path = EXAMPLES.__class__(str(tmp_path)) / "turned.jpg"
    Image.fromarray(np.asarray(picture)).transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)
    answer = visit.choose(path).json()
    assert answer["images"][0]["shape"] == [picture.height, picture.width]
    sizes = visit.page.eval_on_selector("#picture", "picture => [picture.naturalHeight, picture.naturalWidth]")
    assert sizes == [picture.height, picture.width]
