"""One Chromium for all tests of the page, and a fresh page for each: what goes wrong in it fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.support.server import Server
from tests.web import clips
from tests.web.visit import Visit, chromium, launch, new_context

Open = Callable[..., Visit]


# Not of the session: Playwright's event loop runs as long as the browser, and tests elsewhere start their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("Chromium is not installed.")
    with sync_playwright() as playwright, launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """What most tabs share, as those of one person do: a cache, above all."""
    with new_context(browser) as context:
        yield context


@pytest.fixture
def open_page(browser: Browser, profile: BrowserContext, server: Server) -> Iterator[Open]:
    """Call it with (server, **options) for a tab with the page in it; at the end its console must have been quiet."""
    visits: list[Visit] = []
    contexts: list[BrowserContext] = []

    def opened(at: Server = server, **options: Any) -> Visit:
        if options:
            contexts.append(new_context(browser, **options))
        visits.append(Visit(contexts[-1] if options else profile, at.url))
        return visits[-1]

    yield opened
    for visit in visits:
        visit.close()
    for context in contexts:
        context.close()


@pytest.fixture
def visit(open_page: Open) -> Visit:
    return open_page()


@pytest.fixture(scope="package")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One video by its suffix: .webm, .avi, .gif."""
    return clips.write(tmp_path_factory.mktemp("videos"))
