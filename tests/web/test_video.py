"""A video: every frame's answer over that frame, whether it is stepped through, sought or played."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from model_cache.builtin import EXAMPLES
from tests.web.clips import FRAMES
from tests.web.visit import Visit

PATIENCE_S = 10


def entries(client: httpx.Client, path: Path, **fields: object) -> list[dict[str, object]]:
    data = {name: str(value) for name, value in fields.items()}
    images: list[dict[str, object]] = client.post("/predict", files={"file": path.read_bytes()}, data=data).json()[
        "images"
    ]
    return images


def shown(visit: Visit) -> object:
    """The rows of the frame that is on the stage, and as many figures above it."""
    rows = json.loads(visit.page.text_content("#json-text") or "")["results"]
    assert len(visit.figures()) == len(rows)
    return rows


def played(visit: Visit) -> None:
    visit.page.wait_for_selector("#player:visible")
    visit.page.eval_on_selector("#video", "video => video.pause()")


def test_each_frame_has_its_own_answer(visit: Visit, client: httpx.Client, videos: dict[str, Path]) -> None:
    visit.choose(videos[".webm"])
    played(visit)
    expected = entries(client, videos[".webm"])
    assert len({json.dumps(entry["results"]) for entry in expected}) == FRAMES
    visit.slide("seek", 0)
    for i, entry in enumerate(expected):
        assert visit.page.inner_text("#time") == f"{i + 1} / {FRAMES}"
        assert shown(visit) == entry["results"]
        visit.page.click("#forth")
    visit.slide("seek", 5)
    assert shown(visit) == expected[5]["results"]
    visit.page.click("#back")
    assert shown(visit) == expected[4]["results"]
    assert visit.page.inner_text("#time-taken").startswith(f"{FRAMES} frames in ")


def test_picture_and_answer_are_of_the_same_frame(visit: Visit, client: httpx.Client, videos: dict[str, Path]) -> None:
    """The pixels that the browser shows at each step are those of the frame whose answer is drawn."""
    visit.choose(videos[".webm"])
    played(visit)
    capture = cv2.VideoCapture(str(videos[".webm"]))
    frames = [cv2.resize(capture.read()[1], (32, 24), interpolation=cv2.INTER_AREA) for _ in range(FRAMES)]
    capture.release()
    for i in (0, 3, 7, FRAMES - 1):
        visit.slide("seek", i)
        until = monotonic() + PATIENCE_S  # a busy browser paints a frame later than it says that it sought it
        while (seen := frame_seen(visit, frames)) != i and monotonic() < until:
            pass
        assert seen == i


def frame_seen(visit: Visit, frames: list[Any]) -> int:
    """Which of the frames is closest to what the browser shows after it has painted once more."""
    pixels = visit.page.evaluate("""async () => {
        const video = document.querySelector("#video");
        await new Promise(requestAnimationFrame);
        const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 24 });
        const context = canvas.getContext("2d");
        context.drawImage(video, 0, 0, 32, 24);
        return [...context.getImageData(0, 0, 32, 24).data];
    }""")
    seen = np.array(pixels, np.float32).reshape(24, 32, 4)[..., 2::-1]
    return int(np.argmin([float(np.abs(seen - frame).mean()) for frame in frames]))


def test_playing_moves_the_answers_along(visit: Visit, videos: dict[str, Path]) -> None:
    visit.choose(videos[".webm"])
    played(visit)
    visit.slide("seek", 0)
    visit.page.click("#play")
    visit.page.wait_for_selector('#play[aria-label="Pause"]')
    visit.page.get_by_text(f"8 / {FRAMES}").wait_for()
    visit.page.click("#play")
    visit.page.wait_for_selector('#play[aria-label="Play"]')
    shown(visit)


def test_only_some_frames_are_answered(visit: Visit, client: httpx.Client, videos: dict[str, Path]) -> None:
    visit.choose(videos[".webm"])
    visit.answer_to(lambda: visit.slide("vid_stride", 4))
    played(visit)
    assert visit.form()[0]["vid_stride"] == "4"
    expected = entries(client, videos[".webm"], vid_stride=4)
    for i, entry in enumerate(expected):
        visit.slide("seek", i)
        assert visit.page.inner_text("#time") == f"{i + 1} / {FRAMES // 4}"
        assert shown(visit) == entry["results"]


def test_nothing_moves_by_itself_for_who_asked_for_that(open_page: object, videos: dict[str, Path]) -> None:
    visit: Visit = open_page(reduced_motion="reduce")  # type: ignore[operator]
    visit.choose(videos[".webm"])
    visit.page.wait_for_selector("#player:visible")
    assert visit.page.eval_on_selector("#video", "video => video.paused")


@pytest.mark.parametrize("kind", [".avi", ".gif"])
def test_video_that_the_browser_cannot_step_through(
    visit: Visit, client: httpx.Client, videos: dict[str, Path], kind: str
) -> None:
    """The endpoint's own drawing is played in its place, with the same answers beside it."""
    with visit.page.expect_response(lambda response: "video/" in response.headers.get("content-type", "")):
        visit.page.set_input_files("#picker", videos[kind])
    visit.settled()
    played(visit)
    assert visit.page.is_visible("#drawn-note")
    expected = entries(client, videos[kind])
    for i in (0, FRAMES - 1):
        visit.slide("seek", i)
        assert json.loads(visit.page.text_content("#json-text") or "")["results"] == expected[i]["results"]
        assert visit.page.locator("#list li").count() == len(expected[i]["results"])  # type: ignore[arg-type]


def test_picture_after_a_video(visit: Visit, videos: dict[str, Path]) -> None:
    visit.choose(videos[".webm"])
    played(visit)
    visit.answer_to(lambda: visit.page.get_by_role("button", name="Example: one").click())
    assert visit.page.is_hidden("#player")
    assert visit.page.is_hidden("#stride-field")
    assert "vid_stride" not in visit.form()[0]
    assert visit.page.get_attribute("#overlay", "viewBox") == "0 0 256 256"


@pytest.mark.parametrize("button", ["#list .result", "#legend .chip"])
def test_focus_stays_while_the_video_plays(visit: Visit, videos: dict[str, Path], button: str) -> None:
    visit.choose(videos[".webm"])
    visit.page.wait_for_selector("#player:visible")
    visit.page.eval_on_selector("#video", "video => video.play()")
    kept = """() => {
        const { className, dataset } = document.activeElement;
        return [className.split(" ")[0], dataset.index ?? dataset.class];
    }"""
    visit.page.locator(button).first.focus()
    before = visit.page.evaluate(kept)
    focused = visit.page.evaluate_handle("document.activeElement")
    visit.page.wait_for_function("(focused) => !focused.isConnected", arg=focused)
    assert visit.page.evaluate(kept) == before


def test_focus_stays_in_the_list_where_the_result_is_gone(visit: Visit) -> None:
    visit.choose(EXAMPLES / "crowd.jpg")
    last = visit.page.locator("#list .result").last
    last.focus()
    visit.answer_to(lambda: visit.slide("conf", 0.9))
    assert visit.page.evaluate("document.activeElement.id") == "list"


def test_speed_of_a_video_says_where_the_rest_of_the_time_went(visit: Visit, videos: dict[str, Path]) -> None:
    visit.choose(videos[".webm"])
    played(visit)
    terms = visit.page.locator("#speed-list dt").all_inner_texts()
    assert terms == ["Preprocess", "Inference", "Postprocess", "Decode, wait, network"]
    each = [float(text.removesuffix(" ms")) for text in visit.page.locator("#speed-list dd").all_inner_texts()]
    seconds = float(visit.page.inner_text("#time-taken").split()[-2])
    assert sum(each) * FRAMES / 1000 == pytest.approx(seconds, abs=0.1)  # each is rounded
    assert "a frame" in visit.page.inner_text("#speed-note")


def test_webcam_after_a_video_has_no_frames_to_choose(visit: Visit, videos: dict[str, Path]) -> None:
    visit.choose(videos[".webm"])
    played(visit)
    assert visit.page.is_visible("#stride-field")
    visit.page.get_by_role("button", name="Webcam").click()
    visit.page.get_by_role("button", name="Take picture").wait_for()
    assert visit.page.is_hidden("#stride-field")
