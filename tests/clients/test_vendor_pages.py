"""The vendor's own examples, run as published but for the addresses and the placeholders in them."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model_cache.builtin import EXAMPLES
from tests.clients.conftest import PICTURES
from tests.dialects.cases import expected_rows
from tests.support.server import Server

IOU = {"hub": 0.45, "hub_v8": 0.45, "platform": 0.7}  # as the pages' examples ask for

_PAGES = Path(__file__).with_name("vendor_pages.md").read_text()
_HOSTS = re.compile(r"https://(api\.ultralytics\.com|platform\.ultralytics\.com|predict-abc123\.run\.app)")
_PICTURES = re.compile(r"/?path/to/image\.jpg|image\.jpg")


def example(page: str, language: str) -> str:
    section = next(part for part in _PAGES.split("\n## ") if part.startswith(f"{page}:"))
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def adapted(code: str, server: Server, model: str, picture: Path) -> str:
    code = _HOSTS.sub(server.url, code).replace("MODEL_ID", model)
    return _PICTURES.sub(str(picture), code)


def run(language: str, code: str, folder: Path) -> Any:
    """What the example prints, read back."""
    shell = [sys.executable, "-c", code] if language == "python" else ["bash", "-c", code]
    done = subprocess.run(shell, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout) if language == "python" else json.loads(done.stdout)


@pytest.mark.parametrize("language", ["python", "bash"])
@pytest.mark.parametrize("task", PICTURES)
@pytest.mark.parametrize("page", IOU)
def test_example(server: Server, tmp_path: Path, page: str, task: str, language: str) -> None:
    picture, model = PICTURES[task], f"shapes-{task}"
    answer = run(language, adapted(example(page, language), server, model, EXAMPLES / picture), tmp_path)
    expected = expected_rows(picture, model, conf=0.25, iou=IOU[page], imgsz=640)
    if page == "hub_v8":
        assert answer == {"success": True, "message": "Inference complete.", "data": expected}
    else:
        assert answer["images"][0]["results"] == expected
        assert answer["metadata"]["imageCount"] == 1


def test_batch_example(server: Server, tmp_path: Path) -> None:
    names = ["shapes.jpg", "portrait.jpg", "crowd.jpg"]
    for number, name in enumerate(names, 1):
        shutil.copy(EXAMPLES / name, tmp_path / f"img{number}.jpg")
    code = adapted(example("platform_batch", "python"), server, "", tmp_path)
    answers = run("python", f"{code}\nprint(results)", tmp_path)
    assert [answer["images"][0]["results"] for answer in answers] == [expected_rows(name) for name in names]
