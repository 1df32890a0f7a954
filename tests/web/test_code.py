"""The code that the page shows is run as it stands, by what it is written for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from model_cache.builtin import EXAMPLES, WEIGHTS
from tests.clients.roboflow.conftest import PYTHON
from tests.support.server import Server
from tests.web.conftest import Open
from tests.web.visit import Visit, ask

PICTURE = EXAMPLES / "crowd.jpg"
CONF = 0.6


@pytest.fixture
def code(visit: Visit) -> Callable[[str], str]:
    """What the Code tab says in a language, of the oriented boxes with a threshold of their own."""
    visit.use("shapes-obb")
    visit.slide("conf", CONF)
    visit.choose(PICTURE)
    visit.settled()
    visit.page.get_by_role("tab", name="Code").click()

    def shown(language: str) -> str:
        visit.page.get_by_role("tab", name=language, exact=True).click()
        return visit.page.text_content("#code-text") or ""

    return shown


@pytest.fixture
def expected(client: httpx.Client) -> list[str]:
    found = ask(client, "/api/models/shapes-obb/predict", PICTURE.read_bytes(), conf=CONF)
    return [f"{row['name']} {row['confidence']}" for row in found["images"][0]["results"]]


def run(words: list[str], folder: Path) -> str:
    shutil.copy(PICTURE, folder / "image.jpg")
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl(code: Callable[[str], str], expected: list[str], tmp_path: Path) -> None:
    answer = run(["bash", "-c", code("cURL")], tmp_path)
    found = re.findall(r'"name":"(\w+)","class":\d+,"confidence":([0-9.]+)', answer)
    assert [f"{name} {confidence}" for name, confidence in found] == expected


@pytest.mark.parametrize("language", ["Python", "ultralytics-platform"])
def test_python(code: Callable[[str], str], expected: list[str], tmp_path: Path, language: str) -> None:
    printed = run([sys.executable, "-c", code(language)], tmp_path)
    assert [" ".join(line.split()[:2]) for line in printed.splitlines()] == expected


def test_roboflow_sdk(code: Callable[[str], str], expected: list[str], tmp_path: Path) -> None:
    """Its confidences have other roundings."""
    assert PYTHON.exists(), f"There is no {PYTHON}: `make test` sets it up, and CLIENTS_PYTHON may name another."
    printed = [line.split() for line in run([str(PYTHON), "-c", code("inference-sdk")], tmp_path).splitlines()]
    wanted = [line.split() for line in expected]
    assert [name for name, _ in printed] == [name for name, _ in wanted]
    assert [float(number) for _, number in printed] == pytest.approx([float(number) for _, number in wanted], abs=1e-4)


def test_javascript(code: Callable[[str], str], expected: list[str], visit: Visit, server: Server) -> None:
    text = code("JavaScript")
    page = visit.page.context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "log" else None)
    page.goto(f"{server.url}/health")
    page.evaluate("() => document.body.append(Object.assign(document.createElement('input'), { type: 'file' }))")
    page.set_input_files("input", PICTURE)
    page.evaluate("(code) => eval(`(async () => { ${code} })()`)", text)
    page.close()
    assert [" ".join(line.split()[:2]) for line in said] == expected


def test_ids_of_several_parts(open_page: Open, tmp_path: Path) -> None:
    """Each is listed with a route that reaches it, and the page takes that."""
    ids = ("flat", "coco/3", "acme/street/cars", "a/b/c/d")
    store = tmp_path / "models"
    for one in ids:
        (store / one).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(WEIGHTS / "shapes-detect.onnx", store / f"{one}.onnx")
    with Server(tmp_path, MODEL_STORE=str(store)) as server, server.client() as client:
        picture = (EXAMPLES / "one.jpg").read_bytes()
        listed = {model["id"]: model["predict"] for model in client.get("/models").json()["models"]}
        assert {one: ask(client, path, picture)["metadata"]["model"] for one, path in listed.items()} == {
            one: one for one in ids
        }
        visit = open_page(server)
        visit.use(ids[-1])
        assert visit.choose(EXAMPLES / "one.jpg").json()["metadata"]["model"] == ids[-1]
        visit.page.get_by_role("tab", name="Code").click()
        visit.page.get_by_role("tab", name="ultralytics-platform").click()
        assert "shorter alias" in (visit.page.text_content("#code-text") or "")


def test_copy(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = visit.choose(EXAMPLES / "one.jpg").text()
    for tab, button in (("JSON", "#json-copy"), ("Code", "#code-copy")):
        visit.page.get_by_role("tab", name=tab, exact=True).click()
        visit.page.click(button)
        visit.page.get_by_text("Copied").wait_for()
        copied = visit.page.evaluate("() => navigator.clipboard.readText()")
        assert copied == (answer if tab == "JSON" else visit.page.text_content("#code-text"))
        visit.page.get_by_text("Copied").wait_for(state="detached")


def test_roboflow_sdk_says_what_it_cannot_send(visit: Visit, videos: dict[str, Path]) -> None:
    visit.page.get_by_role("tab", name="Code").click()
    visit.page.get_by_role("tab", name="inference-sdk").click()
    shown = visit.page.locator("#code-text")
    assert "image size" not in shown.inner_text()
    visit.slide("imgsz", 320)
    visit.choose(PICTURE)
    assert "# This SDK sends no image size" in shown.inner_text()
    compile(shown.inner_text(), "shown", "exec")
    visit.choose(videos[".webm"])
    assert shown.inner_text() == "# This SDK sends pictures only; for a video, take another one."
