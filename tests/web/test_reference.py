"""GET /docs in a real browser: all operations are there, every command works, and nothing comes from elsewhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page

from handlers.web.files import STATIC
from model_cache.builtin import EXAMPLES
from tests.support.server import Server
from tests.web.test_access import AXE

FOLDER = STATIC / "reference"
PHONE = {"viewport": {"width": 360, "height": 740}}
OPEN_ALL = """async () => {
    for (const one of document.querySelectorAll("details.operation")) one.open = true;
    const last = [...document.querySelectorAll("details.operation")].at(-1);
    while (last.children.length === 1) await new Promise(requestAnimationFrame);
    for (const one of document.querySelectorAll("details.answer")) one.open = true;
}"""


@contextmanager
def reading(browser: Browser, server: Server, **options: Any) -> Iterator[Page]:
    """The page, loaded; at the end its console must have been quiet, and it must have asked its own host alone."""
    context = browser.new_context(**options)
    context.add_init_script(AXE)
    page, problems, asked = context.new_page(), list[str](), list[str]()
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/docs")
    page.wait_for_selector('#operations[aria-busy="false"]')
    yield page
    context.close()
    assert problems == []
    assert {urlsplit(url).netloc for url in asked if url.startswith(("http", "ws"))} == {urlsplit(server.url).netloc}


@pytest.fixture(scope="module")
def names(client: httpx.Client) -> set[str]:
    paths = client.get("/openapi.json").json()["paths"]
    return {operation["operationId"] for item in paths.values() for operation in item.values()}


@pytest.mark.parametrize("options", [{}, PHONE | {"color_scheme": "dark"}], ids=["desk", "phone"])
def test_every_operation_is_shown(browser: Browser, server: Server, names: set[str], options: dict[str, Any]) -> None:
    with reading(browser, server, **options) as page:
        page.evaluate(OPEN_ALL)
        shown = page.locator("details.operation")
        assert set(shown.evaluate_all("all => all.map((one) => one.dataset.operation)")) == names
        texts = shown.locator(".detail").all_inner_texts()
        assert len(texts) == shown.count()
        assert all("Answers" in text and "curl " in text for text in texts)
        assert not re.search(r"undefined|\[object|NaN", " ".join(texts))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_command_works(browser: Browser, server: Server, tmp_path: Path) -> None:
    with reading(browser, server) as page:
        page.evaluate(OPEN_ALL)
        commands = page.locator("details.operation .detail > pre").all_inner_texts()
    shutil.copy(EXAMPLES / "one.jpg", tmp_path / "picture.jpg")
    for command in {*commands}:
        assert f"{server.url}/" in command
        asked = f"{command} \\\n  --silent --output /dev/null --write-out '%{{http_code}}' --noproxy '*'"
        done = subprocess.run(
            ["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout == "200", command


def test_key_is_in_the_command_where_one_is_needed(browser: Browser, tmp_path: Path) -> None:
    with Server(tmp_path, API_KEYS="sesame") as server, reading(browser, server) as page:
        page.evaluate(OPEN_ALL)
        of = '[data-operation="{}"] .detail > pre >> nth=0'
        assert "x-api-key: YOUR_API_KEY" in page.inner_text(of.format("Platform_post_predict"))
        assert "?api_key=YOUR_API_KEY" in page.inner_text(of.format("Hosted_post_dataset_version"))
        assert "YOUR_API_KEY" not in page.inner_text(of.format("service_get_health"))


def test_keyboard_opens_an_operation_and_its_address_does(browser: Browser, server: Server) -> None:
    with reading(browser, server) as page:
        summary = page.locator('[data-operation="Platform_post_predict"] > summary')
        for _ in range(30):
            page.keyboard.press("Tab")
            if summary.evaluate("one => one === document.activeElement"):
                break
        page.keyboard.press("Enter")
        page.wait_for_selector('[data-operation="Platform_post_predict"] .detail')
        page.evaluate("location.hash = '#Hub_post_v1_predict_model'")
        page.wait_for_selector("#Hub_post_v1_predict_model[open] .detail")


@pytest.mark.parametrize("options", [{}, PHONE, {"color_scheme": "dark"}], ids=["desk", "phone", "dark"])
def test_axe_finds_nothing(browser: Browser, server: Server, options: dict[str, Any]) -> None:
    with reading(browser, server, **options) as page:
        page.locator('[data-operation="Platform_post_predict"] > summary').click()
        page.locator('[data-operation="Platform_post_predict"] .answer > summary').first.click()
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        assert found == [], json.dumps([(one["id"], one["nodes"][0]["html"]) for one in found])


def test_policy_is_strict(client: httpx.Client) -> None:
    policy = client.get("/docs").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_files_have_nothing_inline_and_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function", text
    )
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?:|@import|[:\s]url\(", text)
    assert len(text.splitlines()) <= 200
