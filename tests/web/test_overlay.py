"""What is drawn over the picture is what the endpoint answers, number for number, for every task."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from handlers.render.figures import LIMBS
from handlers.render.palette import colour_of
from model_cache.builtin import EXAMPLES
from tests.web.visit import Visit, ask

PICTURE = EXAMPLES / "crowd.jpg"


def shown(visit: Visit, client: httpx.Client, task: str) -> tuple[list[dict[str, Any]], list[list[dict[str, str]]]]:
    """The API's rows, and the figures drawn for them."""
    visit.use(f"shapes-{task}")
    visit.choose(PICTURE)
    answer = ask(client, f"/api/models/shapes-{task}/predict", PICTURE.read_bytes())
    rows = answer["images"][0]["results"]
    assert rows
    return rows, visit.figures()


def points(text: str) -> list[list[float]]:
    return [[float(number) for number in pair.split(",")] for pair in text.split()]


@pytest.mark.parametrize("task", ["detect", "segment", "pose"])
def test_boxes(visit: Visit, client: httpx.Client, task: str) -> None:
    rows, figures = shown(visit, client, task)
    for row, shapes in zip(rows, figures, strict=True):
        [outline] = [shape for shape in shapes if shape["kind"] == "outline"]
        x, y, width, height = (float(outline[name]) for name in ("x", "y", "width", "height"))
        box = row["box"]
        assert [x, y, x + width, y + height] == pytest.approx([box["x1"], box["y1"], box["x2"], box["y2"]])


def test_oriented_boxes(visit: Visit, client: httpx.Client) -> None:
    rows, figures = shown(visit, client, "obb")
    for row, shapes in zip(rows, figures, strict=True):
        [outline] = [shape for shape in shapes if shape["kind"] == "outline"]
        assert points(outline["points"]) == [[row["box"][f"x{n}"], row["box"][f"y{n}"]] for n in range(1, 5)]


def test_masks(visit: Visit, client: httpx.Client) -> None:
    rows, figures = shown(visit, client, "segment")
    for row, shapes in zip(rows, figures, strict=True):
        [mask] = [shape for shape in shapes if shape["kind"] == "mask"]
        ring = row["segments"]
        assert points(mask["points"]) == [list(pair) for pair in zip(ring["x"], ring["y"], strict=True)]


def test_key_points(visit: Visit, client: httpx.Client) -> None:
    rows, figures = shown(visit, client, "pose")
    for row, shapes in zip(rows, figures, strict=True):
        drawn = [[float(shape["cx"]), float(shape["cy"])] for shape in shapes if shape["kind"] == "point"]
        x, y, visible = (row["keypoints"][name] for name in ("x", "y", "visible"))
        assert drawn == [[x[i], y[i]] for i in range(len(x)) if visible[i] >= 0.5]


def test_classes_with_their_bars(visit: Visit, client: httpx.Client) -> None:
    rows, figures = shown(visit, client, "classify")
    assert figures == []
    names = [row["name"] for row in rows]
    assert [name.inner_text() for name in visit.page.query_selector_all("#list .name")] == names
    texts = [text.text_content() for text in visit.page.query_selector_all("#overlay .scores text")]
    assert texts[::2] == names
    assert texts[1::2] == [f"{row['confidence']:.2f}" for row in rows]
    widths = visit.page.eval_on_selector_all(
        "#overlay .scores-bar", "all => all.map(one => +one.getAttribute('width'))"
    )
    track = visit.page.get_attribute("#overlay .scores-track", "width")
    assert widths == pytest.approx([float(track or 0) * row["confidence"] for row in rows])


def test_person_has_the_limbs_of_the_annotated_pictures(visit: Visit) -> None:
    """No built-in model knows people: the module is asked directly."""
    limbs = visit.page.evaluate("""async () => {
        const folder = document.querySelector("script[type=module]").src;
        const { figure } = await import(new URL("figures.js", folder).href);
        const at = [...Array(17).keys()];
        const keypoints = { x: at, y: at.map((i) => 2 * i), visible: at.map((i) => (i === 9 ? 0.4 : 0.9)) };
        const drawn = figure({ class: 0, name: "person", keypoints }, 1);
        return [...drawn.querySelectorAll("line")].map((one) => [+one.getAttribute("x1"), +one.getAttribute("x2")]);
    }""")
    assert limbs == [list(limb) for limb in LIMBS if 9 not in limb]  # the wrist that is not seen


def test_overlay_lies_exactly_on_the_picture(visit: Visit, client: httpx.Client) -> None:
    shown(visit, client, "detect")
    for size in ({"width": 1280, "height": 900}, {"width": 390, "height": 844}):
        visit.page.set_viewport_size(size)  # type: ignore[arg-type]
        boxes = [visit.page.locator(one).bounding_box() for one in ("#picture", "#overlay")]
        assert boxes[0] == boxes[1]
        assert boxes[0]
        assert boxes[0]["width"] / boxes[0]["height"] == pytest.approx(960 / 720, rel=0.01)
    assert visit.page.get_attribute("#overlay", "viewBox") == "0 0 960 720"


def test_colours_are_those_of_the_annotated_pictures(visit: Visit, client: httpx.Client) -> None:
    rows, _ = shown(visit, client, "detect")
    drawn = visit.page.eval_on_selector_all(
        "#overlay .figure", "all => all.map(one => [+one.dataset.index, one.style.getPropertyValue('--colour')])"
    )
    for index, colour in drawn:
        blue, green, red = colour_of(rows[index]["class"])
        assert colour == f"#{red:02x}{green:02x}{blue:02x}"


def test_pointer_links_picture_and_list(visit: Visit, client: httpx.Client) -> None:
    rows, _ = shown(visit, client, "detect")
    last = len(rows) - 1
    visit.page.hover(f'#list button[data-index="{last}"]')
    assert visit.page.eval_on_selector_all(".figure.marked", "all => all.map(one => +one.dataset.index)") == [last]
    visit.page.locator('#overlay .target[data-index="1"]').dispatch_event("click")
    assert visit.page.get_attribute('#list button[data-index="1"]', "aria-pressed") == "true"
    assert visit.page.is_visible('#list button[data-index="1"] .where')
    visit.page.mouse.move(0, 0)
    assert visit.page.eval_on_selector_all(".figure.marked", "all => all.map(one => +one.dataset.index)") == [1]


def test_class_is_switched_off_and_on(visit: Visit, client: httpx.Client) -> None:
    rows, _ = shown(visit, client, "detect")
    number = rows[0]["class"]
    of_class = [row for row in rows if row["class"] == number]
    chip = visit.page.locator(f'#legend .chip[data-class="{number}"]')
    assert chip.locator(".count").inner_text() == str(len(of_class))
    chip.click()
    assert chip.get_attribute("aria-pressed") == "false"
    assert len(visit.figures()) == len(rows) - len(of_class)
    assert visit.page.locator("#list li:visible").count() == len(rows) - len(of_class)
    # It stays off in the next answer.
    visit.answer_to(lambda: visit.slide("conf", 0.3))
    assert number not in {
        rows[i]["class"]
        for i in visit.page.eval_on_selector_all("#overlay .figure", "all => all.map(one => +one.dataset.index)")
    }
    chip.click()
    assert len(visit.figures()) == visit.page.locator("#list li").count()


@pytest.mark.parametrize("change", ["another class off", "resized"])
def test_picked_result_stays_marked(visit: Visit, client: httpx.Client, change: str) -> None:
    rows, _ = shown(visit, client, "detect")
    visit.page.click('#list button[data-index="0"]')
    visit.page.mouse.move(0, 0)
    drawn = visit.page.locator("#overlay .figures").element_handle()
    if change == "resized":
        visit.page.set_viewport_size({"width": 1000, "height": 800})
    else:
        other = next(row["class"] for row in rows if row["class"] != rows[0]["class"])
        visit.page.click(f'#legend .chip[data-class="{other}"]')
    visit.page.wait_for_function("(drawn) => !drawn.isConnected", arg=drawn)
    marked = visit.page.eval_on_selector_all("#overlay .marked", "all => all.map(one => +one.dataset.index)")
    assert marked == [0, 0]  # the figure and its label
    assert visit.page.locator("#overlay.marking").count() == 1


def test_nothing_stands_back_behind_a_picked_result_that_is_switched_off(visit: Visit, client: httpx.Client) -> None:
    rows, _ = shown(visit, client, "detect")
    visit.page.click('#list button[data-index="0"]')
    chip = visit.page.locator(f'#legend .chip[data-class="{rows[0]["class"]}"]')
    chip.click()
    assert visit.page.locator("#overlay.marking").count() == 0
    chip.click()
    assert visit.page.locator("#overlay.marking .figure.marked").count() == 1
