"""What goes wrong is said in the endpoint's own words, with what to do; and then the page goes on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Route

from model_cache.builtin import EXAMPLES, WEIGHTS
from tests.support.server import Server
from tests.web.conftest import Open
from tests.web.visit import Visit

PICTURE = EXAMPLES / "one.jpg"


def failure(visit: Visit) -> tuple[str, str]:
    """The status and the sentence that the page shows; there is nothing of an answer left beside them."""
    visit.page.wait_for_selector(".failure")
    assert visit.page.locator("#list li").count() == 0
    assert visit.figures() == []
    return visit.page.inner_text(".failure .code"), visit.page.inner_text(".failure-message")


def test_broken_file(visit: Visit) -> None:
    visit.expected.append("status of 400")
    visit.choose(PICTURE)
    answer = visit.choose(
        {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 half a picture"}
    )
    assert answer.status == 400
    assert failure(visit) == ("400", answer.json()["error"])
    assert visit.page.is_visible("#drop")
    visit.choose(PICTURE)
    assert visit.page.locator("#list li").count() > 0
    assert visit.page.locator(".failure").count() == 0


def test_broken_video(visit: Visit) -> None:
    visit.expected.append("status of 400")
    answer = visit.choose({"name": "broken.mp4", "mimeType": "video/mp4", "buffer": b"\0\0\0\x18ftypmp42" + bytes(100)})
    assert failure(visit) == ("400", answer.json()["error"])


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes little of everything."""
    with Server(
        tmp_path_factory.mktemp("narrow"), MAX_BODY_MB="0.1", MAX_IMAGE_MP="0.1", MAX_VIDEO_FRAMES="4"
    ) as running:
        yield running


def test_too_large_a_file_is_not_even_sent(open_page: Open, narrow: Server) -> None:
    visit = open_page(narrow)
    visit.page.set_input_files("#picker", EXAMPLES / "crowd.jpg")
    assert failure(visit) == ("413", "The file is larger than the 0.1 MB that this endpoint takes.")
    assert visit.asked() == []
    visit.choose(PICTURE)
    assert visit.page.locator("#list li").count() > 0


def test_too_many_pixels(open_page: Open, narrow: Server) -> None:
    visit = open_page(narrow)
    visit.expected.append("status of 413")
    answer = visit.choose(EXAMPLES / "shapes.jpg")
    assert failure(visit) == ("413", answer.json()["error"])


def test_too_long_a_video_says_what_to_do(open_page: Open, narrow: Server, tmp_path: Path) -> None:
    """The limit is met in the middle of the answer, after its status has gone out."""
    path = tmp_path / "long.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 64))
    for _ in range(8):
        writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.release()
    visit = open_page(narrow)
    visit.choose(path)
    visit.page.wait_for_selector(".failure")
    assert "more than 4 frames" in visit.page.inner_text(".failure-message")
    visit.answer_to(lambda: visit.slide("vid_stride", 2))
    visit.page.wait_for_selector("#player:visible")
    assert visit.page.inner_text("#time").endswith("/ 4")


def test_model_that_cannot_be_loaded(open_page: Open, tmp_path: Path) -> None:
    """Its file is not what the index says, and is put right after the first request."""
    store = tmp_path / "models"
    store.mkdir()
    shutil.copy(WEIGHTS / "models.json", store)
    for path in WEIGHTS.glob("*.onnx"):
        (store / path.name).write_bytes(b"no weights")
    with Server(tmp_path, MODEL_STORE=str(store), DEFAULT_MODEL="shapes-detect") as server:
        visit = open_page(server)
        visit.expected.append("status of 503")
        answer = visit.choose(PICTURE)
        assert failure(visit) == ("503", answer.json()["error"])
        assert "Try again in 5 s" in visit.page.inner_text(".failure-advice")
        shutil.copy(WEIGHTS / "shapes-detect.onnx", store)
        visit.answer_to(lambda: visit.page.get_by_role("button", name="Try again").click())
        assert visit.page.locator("#list li").count() > 0


def test_endpoint_that_cannot_be_reached(open_page: Open) -> None:
    visit = open_page(offline=False)  # in a profile of its own
    visit.choose(PICTURE)
    visit.expected.append("ERR_INTERNET_DISCONNECTED")
    visit.page.context.set_offline(True)
    visit.page.set_input_files("#picker", PICTURE)
    visit.page.wait_for_selector(".failure")
    assert visit.page.inner_text(".failure-message") == "The endpoint cannot be reached."
    visit.page.context.set_offline(False)
    visit.answer_to(lambda: visit.page.get_by_role("button", name="Try again").click())
    assert visit.page.locator("#list li").count() > 0


def test_download_that_fails_leaves_the_answer(open_page: Open) -> None:
    visit = open_page(offline=False)  # in a profile of its own
    visit.choose(PICTURE)
    before = visit.page.locator("#list li").count(), visit.figures()
    visit.expected.append("ERR_INTERNET_DISCONNECTED")
    visit.page.context.set_offline(True)
    visit.page.click("#download")
    visit.page.wait_for_selector(".failure")
    assert before[0] > 0
    assert (visit.page.locator("#list li").count(), visit.figures()) == before
    visit.page.context.set_offline(False)
    with visit.page.expect_download() as coming:
        visit.page.get_by_role("button", name="Try again").click()
    assert coming.value.suggested_filename == "one-annotated.jpg"
    assert visit.page.locator(".failure").count() == 0


def test_download_that_fails_after_another_file_was_chosen_is_nothing_to_tell(visit: Visit) -> None:
    held: list[Route] = []
    visit.choose(PICTURE)
    visit.page.route("**/predict", lambda route: route.continue_() if held else held.append(route))
    with visit.page.expect_request("**/predict"):
        visit.page.click("#download")
    visit.choose(EXAMPLES / "crowd.jpg")
    visit.expected.append("ERR_FAILED")
    held[0].abort()
    visit.page.wait_for_selector("#download:enabled")
    assert visit.page.locator(".failure").count() == 0
    assert visit.page.locator("#list li").count() > 0
