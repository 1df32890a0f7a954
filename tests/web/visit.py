"""A tab with the Predict page in it, and what its tests do there again and again."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",  # tests may run as root
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
_FIGURES = """() => [...document.querySelectorAll("#overlay .figure")]
    .sort((a, b) => a.dataset.index - b.dataset.index)
    .map((figure) => [...figure.querySelectorAll("rect, polygon, line, circle")].map((one) => ({
        kind: one.getAttribute("class"), ...Object.fromEntries([...one.attributes].map((a) => [a.name, a.value])),
    })))"""

# What goes over the wire is not to be had from the browser where files are in it; what is handed to fetch is.
_RECORDER = """{
    const original = fetch;
    window.forms = [];
    window.fetch = (address, options) => {
        if (options?.body instanceof FormData) forms.push([...options.body]);
        return original(address, options);
    };
}"""
_FORM = """async (index) => {
    const said = await Promise.all(window.forms.at(index).map(async ([name, value]) => {
        if (typeof value === "string") return [name, value];
        const letters = Array.from(new Uint8Array(await value.arrayBuffer()), (byte) => String.fromCharCode(byte));
        return [name, btoa(letters.join(""))];
    }));
    return Object.fromEntries(said);
}"""


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
    context.add_init_script(_RECORDER)
    return context


class Visit:
    """requests: what the page asked for, from its own host or any other; expected: console lines that are right."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.page: Page = context.new_page()
        self.requests: list[Request] = []
        self.expected: list[str] = []
        self.elsewhere: tuple[str, ...] = ()
        self._problems: list[str] = []  # what the console said, and what was thrown
        self.page.on("request", self._asks)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._problems.append(str(error)))
        self.page.goto(url)
        self.page.wait_for_selector("#model:enabled, .failure")

    def close(self) -> None:
        """Fails where the page logged an error, broke its own policy, or asked another host."""
        self.page.close()
        unexpected = [one for one in self._problems if not any(re.search(right, one) for right in self.expected)]
        assert unexpected == []
        own = urlsplit(self.url).netloc
        web = [urlsplit(request.url) for request in self.requests if request.url.startswith(("http", "ws"))]
        assert {address.netloc for address in web} <= {own, *self.elsewhere}

    def asked(self) -> list[Request]:
        """The predictions that the page asked for."""
        return [request for request in self.requests if request.method == "POST"]

    def answer_to(self, action: Any) -> Response:
        """What the endpoint answers to that action, once the page has shown it."""
        with self.page.expect_response(lambda response: response.request.method == "POST") as coming:
            action()
        self.settled()
        return coming.value

    def settled(self) -> None:
        self.page.wait_for_selector('#stage[aria-busy="false"]')

    def choose(self, file: Path | dict[str, Any]) -> Response:
        return self.answer_to(lambda: self.page.set_input_files("#picker", file))  # type: ignore[arg-type]

    def form(self, index: int = -1) -> tuple[dict[str, str], bytes]:
        """A form that the page sent: its fields, and the file's bytes."""
        fields = self.page.evaluate(_FORM, index)
        return fields, base64.b64decode(fields.pop("file"))

    def use(self, model: str) -> None:
        self.page.select_option("#model", model)

    def figures(self) -> list[list[dict[str, str]]]:
        """Of each result, in the answer's order, the attributes of the shapes that are drawn."""
        found: list[list[dict[str, str]]] = self.page.evaluate(_FIGURES)
        return found

    def slide(self, name: str, *values: float) -> None:
        """Set a slider to one value after the other, all within the same moment."""
        self.page.eval_on_selector(
            f"#{name}",
            "(slider, values) => values.forEach((value) => {"
            "slider.value = value; slider.dispatchEvent(new Event('input', {bubbles: true})); })",
            list(values),
        )

    def _asks(self, request: Request) -> None:
        self.requests.append(request)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._problems.append(f"{message.type}: {message.text}")


def ask(client: httpx.Client, path: str, file: bytes, **fields: object) -> Any:
    """The same question, asked by a program."""
    answered = client.post(path, files={"file": file}, data={name: str(value) for name, value in fields.items()})
    return json.loads(answered.text)
