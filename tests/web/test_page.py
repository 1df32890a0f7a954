"""What GET / and its files are to a browser and to a program; and what the files must not contain."""

from __future__ import annotations

import re

import httpx
import pytest

from handlers.web.files import STATIC
from model_cache.builtin import EXAMPLES

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPTS = sorted(STATIC.glob("*.js"))


@pytest.fixture(scope="module")
def folder(client: httpx.Client) -> str:
    found = re.search(r'src="(assets/\w+/)main.js"', client.get("/", headers=BROWSER).text)
    assert found
    return "/" + found[1]


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_program_gets_the_summary(client: httpx.Client, accept: str) -> None:
    answered = client.get("/", headers={"Accept": accept})
    assert "Accept" in answered.headers["vary"].split(", ")
    summary = answered.json()
    assert summary["name"] == "yolo-endpoint"
    for path in ("health", "models", "metrics", "docs", "openapi"):
        assert client.get(summary[path]).status_code == 200
    assert len(set(summary["predict"])) == len(summary["predict"])


def test_browser_gets_the_page(client: httpx.Client) -> None:
    answered = client.get("/", headers=BROWSER)
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept" in answered.headers["vary"].split(", ")
    assert answered.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src blob:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert answered.headers["referrer-policy"] == "no-referrer"
    assert "{{" not in answered.text
    again = client.get("/", headers=BROWSER | {"If-None-Match": answered.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/", headers=BROWSER).status_code == 200


def test_hubs_route_is_still_there(client: httpx.Client) -> None:
    answered = client.post("/", headers=BROWSER, files={"file": (EXAMPLES / "one.jpg").read_bytes()})
    assert answered.json()["metadata"]["model"] == "shapes-detect"


def test_files_are_kept_for_ever(client: httpx.Client, folder: str) -> None:
    html = client.get("/", headers=BROWSER).text
    named = re.findall(r'(?:src|href)="(assets/[^"]+)"', html)
    assert len(named) > len(SCRIPTS)
    for path in named:
        answered = client.get(f"/{path}")
        assert answered.status_code == 200, path
        assert "immutable" in answered.headers["cache-control"]
    plain = client.get(f"{folder}main.js", headers={"Accept-Encoding": "identity"})
    assert plain.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in plain.headers
    packed = client.get(f"{folder}main.js")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == (STATIC / "main.js").read_bytes()


def test_file_of_another_version_is_ours_but_not_kept(client: httpx.Client) -> None:
    answered = client.get("/assets/0123456789abcdef/main.js")
    assert answered.status_code == 200
    assert answered.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["none.js", "page.html", "%2e%2e/files.py", "examples/", "examples/%2e%2e/main.js"])
def test_other_files_are_not_there(client: httpx.Client, folder: str, name: str) -> None:
    assert client.get(f"{folder}{name}").status_code == 404


def test_models_are_listed_with_where_they_predict(client: httpx.Client) -> None:
    listed = client.get("/models").json()
    assert listed["default"] == "shapes-detect"
    by_id = {model["id"]: model for model in listed["models"]}
    assert by_id.keys() == {f"shapes-{task}" for task in ("classify", "detect", "obb", "pose", "segment")}
    one = by_id["shapes-pose"]
    assert (one["task"], one["imgsz"], one["classNames"]) == ("pose", 256, ["arrow"])
    picture = {"file": (EXAMPLES / "one.jpg").read_bytes()}
    assert client.post(one["predict"], files=picture).json()["metadata"]["model"] == "shapes-pose"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_cannot_write_markup(path: object) -> None:
    text = STATIC.joinpath(str(path)).read_text()
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "createContextualFragment",
    ):
        assert way not in text
    assert not re.search(r"\beval\(|new Function|setAttribute\(.(style|on\w+)", text)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert len(text.splitlines()) <= 200


def test_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    html = (STATIC / "page.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?://", html)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", html) == [""]
    for path in STATIC.glob("*.css"):
        assert not re.search(r"@import|url\(|https?:", path.read_text())


def test_scripts_name_only_what_the_page_has() -> None:
    ids = set(re.findall(r'\bid="([\w-]+)"', (STATIC / "page.html").read_text()))
    for path in SCRIPTS:
        assert set(re.findall(r'byId\("([\w-]+)"\)', path.read_text())) <= ids, path.name
