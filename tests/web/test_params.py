"""What is set on the page is what is sent: once, half a second after the last change, and the last one wins."""

from __future__ import annotations

import httpx

from model_cache.builtin import EXAMPLES
from tests.web.conftest import Open
from tests.web.visit import Visit, ask

PICTURE = EXAMPLES / "crowd.jpg"


def test_change_asks_again_once(visit: Visit, client: httpx.Client) -> None:
    visit.choose(PICTURE)
    visit.answer_to(lambda: visit.slide("conf", 0.3, 0.4, 0.5, 0.6, 0.7))
    assert len(visit.asked()) == 2
    fields, file = visit.form()
    assert fields == {"conf": "0.7", "iou": "0.7"}
    assert file == PICTURE.read_bytes()
    rows = ask(client, "/predict", file, conf=0.7)["images"][0]["results"]
    assert visit.page.locator("#list li").count() == len(rows)


def test_image_size_is_the_models_own_until_it_is_chosen(visit: Visit) -> None:
    assert visit.page.inner_text("#imgsz-value") == "256 · auto"
    visit.choose(PICTURE)
    visit.slide("imgsz", 640)
    visit.answer_to(lambda: visit.slide("iou", 0.4))
    assert visit.form()[0] == {"conf": "0.25", "iou": "0.4", "imgsz": "640"}
    visit.answer_to(lambda: visit.page.click("#reset"))
    assert visit.form()[0] == {"conf": "0.25", "iou": "0.7"}


def test_classifier_takes_no_thresholds(visit: Visit) -> None:
    visit.use("shapes-classify")
    assert [visit.page.is_disabled(f"#{name}") for name in ("conf", "iou", "imgsz")] == [True, True, False]


def test_another_model_asks_again_and_the_earlier_request_is_dropped(visit: Visit) -> None:
    visit.choose(EXAMPLES / "large.jpg")
    dropped: list[str] = []
    visit.page.on("requestfailed", lambda request: dropped.append(request.url))
    # So far away that the first answer cannot be there before the second question.
    network = visit.page.context.new_cdp_session(visit.page)
    far = {"offline": False, "latency": 1000, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", far)
    with visit.page.expect_request("**/shapes-segment/predict"):
        visit.use("shapes-segment")
    with visit.page.expect_response("**/shapes-obb/predict"):
        visit.use("shapes-obb")
    visit.settled()
    assert [url.split("/")[-2] for url in dropped] == ["shapes-segment"]
    assert '"model": "shapes-obb"' in (visit.page.text_content("#json-text") or "")
    assert visit.figures()[0][0].keys() == {"kind", "class", "points"}


def test_keyboard_sets_a_slider(visit: Visit) -> None:
    visit.choose(PICTURE)
    visit.page.focus("#conf")
    visit.answer_to(lambda: visit.page.keyboard.press("ArrowRight"))
    assert visit.form()[0]["conf"] == "0.26"


def test_speed_is_the_answers_and_adds_up(visit: Visit) -> None:
    answer = visit.choose(PICTURE).json()
    terms = visit.page.eval_on_selector_all(
        "#speed-list div",
        "all => all.map((one) => [one.querySelector('dt'), one.querySelector('dd')].map((e) => e.textContent))",
    )
    said = {name: float(value.removesuffix(" ms")) for name, value in terms}
    speed = answer["images"][0]["speed"]
    for step in ("preprocess", "inference", "postprocess"):
        assert abs(said[step.capitalize()] - speed[step]) <= 0.5
    total = float(visit.page.inner_text("#time-taken").removesuffix(" ms"))
    assert abs(sum(said.values()) - total) <= 3  # each is rounded
    assert list(said) == ["Preprocess", "Inference", "Postprocess", "Decode, load, wait", "Network"]


def test_half_a_second_after_the_last_change(open_page: Open) -> None:
    """By the page's own clock, which stands still but for what is said here."""
    visit = open_page(offline=False)  # in a profile of its own, since all of its tabs have that clock
    visit.choose(PICTURE)
    visit.page.clock.install(time=0)
    visit.page.clock.pause_at(1000)
    visit.slide("conf", 0.3)
    visit.page.clock.run_for(400)
    visit.slide("conf", 0.4)
    visit.page.clock.run_for(499)
    assert visit.page.evaluate("forms.length") == 1
    visit.page.clock.run_for(1)
    assert visit.page.evaluate("forms.length") == 2
    assert visit.form()[0]["conf"] == "0.4"
