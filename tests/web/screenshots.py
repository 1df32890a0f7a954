"""Pictures of the Predict page: `python -m tests.web.screenshots [folder]`.

Without a folder those two that the documentation shows are made anew, docs/page.png and docs/page-dark.png; with
one, every state of the page in both schemes, on a desk and on a phone, to be looked at.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from model_cache.builtin import EXAMPLES
from model_cache.prediction import TASKS
from tests.support.server import ROOT, Server
from tests.web import clips, servers
from tests.web.visit import Visit, launch, new_context

_DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
_PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
_COLOURS = 256  # a palette of so many is enough for a page, and half as large


def _example(visit: Visit, task: str, name: str = "shapes") -> None:
    visit.use(f"shapes-{task}")
    visit.settled()
    visit.answer_to(lambda: visit.page.get_by_role("button", name=f"Example: {name}").click())
    visit.page.mouse.move(0, 0)


def _warm(visit: Visit) -> None:
    """The second answer: the first one waits for the model."""
    for _ in range(2):
        _example(visit, "segment")


def _tab(name: str) -> Callable[[Visit], None]:
    def state(visit: Visit) -> None:
        _example(visit, "segment", "crowd")
        visit.page.get_by_role("tab", name=name, exact=True).click()
        if name == "Regions":
            visit.page.wait_for_selector("#measure:enabled")

    return state


def _broken(visit: Visit) -> None:
    visit.choose({"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"broken"})


def _picked(visit: Visit) -> None:
    _example(visit, "detect", "crowd")
    visit.page.click('#list button[data-index="2"]')


def _changed(visit: Visit) -> None:
    _example(visit, "detect", "crowd")
    visit.answer_to(lambda: visit.slide("conf", 0.6))


def _video(visit: Visit) -> None:
    visit.choose({"name": "moving.webm", "mimeType": "video/webm", "buffer": clips.webm()})
    visit.page.wait_for_selector("#player:visible")


def _webcam(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Webcam").click()
    visit.page.get_by_role("button", name="Take picture").wait_for()


def _wrong_key(visit: Visit) -> None:
    visit.page.click("#key-button")
    visit.page.fill("#key", "wrong-key")
    visit.page.get_by_role("button", name="Use key").click()
    visit.page.locator(".failure", has_text="not one of those").wait_for()


def _states() -> dict[str, Callable[[Visit], object]]:
    return {
        "empty": lambda visit: None,
        **{task: partial(_example, task=task) for task in TASKS},
        "json": _tab("JSON"),
        "code": _tab("Code"),
        "regions": _tab("Regions"),
        "picked": _picked,
        "broken": _broken,
        "key": lambda visit: visit.page.get_by_role("button", name="API key").click(),
        "upload": lambda visit: visit.choose(EXAMPLES / "large.jpg"),
        "changed": _changed,
        "video": _video,
        "webcam": _webcam,
        "drawn": lambda visit: visit.choose(ROOT / "tests/data/pictures/plain.heic"),
    }


_ELSEWHERE: dict[str, tuple[Callable[[Path], Server], Callable[[Visit], object]]] = {
    "wrong-key": (servers.guarded, _wrong_key),
    "hostile": (servers.hostile, lambda visit: visit.choose(EXAMPLES / "crowd.jpg")),
}


def _shoot(browser: Browser, url: str, path: Path, state: Callable[[Visit], object], **options: Any) -> None:
    context = new_context(browser, reduced_motion="reduce", **options)
    visit = Visit(context, url)
    state(visit)
    visit.page.screenshot(path=path, full_page=True)
    context.close()


def _for_the_documentation(browser: Browser, url: str) -> None:
    for scheme, name in (("light", "page.png"), ("dark", "page-dark.png")):
        path = ROOT / "docs" / name
        _shoot(browser, url, path, _warm, color_scheme=scheme, **_DESK)
        _shrink(path)


def _shrink(path: Path) -> None:
    from PIL import Image

    # Refined often enough that small patches of colour keep theirs.
    Image.open(path).convert("RGB").quantize(_COLOURS, kmeans=8).save(path, optimize=True)


def _all(browser: Browser, url: str, folder: Path, states: dict[str, Callable[[Visit], object]]) -> None:
    for scheme in ("light", "dark"):
        for place, options in (("desk", _DESK), ("phone", _PHONE)):
            for name, state in states.items():
                _shoot(browser, url, folder / f"{place}-{scheme}-{name}.png", state, color_scheme=scheme, **options)


def _elsewhere(browser: Browser, scratch: Path, folder: Path) -> None:
    """The states that need a server of their own."""
    for name, (start, state) in _ELSEWHERE.items():
        (scratch / name).mkdir()
        with start(scratch / name) as server:
            _all(browser, server.url, folder, {name: state})


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, launch(playwright) as browser:
        sisters = "" if len(sys.argv) < 2 else "europe-west1=http://127.0.0.1:8080"
        with Server(Path(folder), SISTER_URLS=sisters) as server:
            if len(sys.argv) > 1:
                _all(browser, server.url, Path(sys.argv[1]), _states())
                _elsewhere(browser, Path(folder), Path(sys.argv[1]))
            else:
                _for_the_documentation(browser, server.url)


if __name__ == "__main__":
    main()
