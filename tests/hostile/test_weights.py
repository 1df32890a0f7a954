"""Weights that a store should not hold: refused, not executed, and no other model is the worse for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import onnx
import pytest

from model_cache.builtin import WEIGHTS
from model_cache.engines import onnx as engine
from model_cache.errors import ModelUnusable
from model_cache.model import open_model
from tests.hostile import networks
from tests.hostile.case import PICTURE, Case
from tests.hostile.guard import PATIENCE_S, Guard
from tests.support.server import Server

NO_FILES = ["dangling", "device", "folder", "pipe"]
FILES = ["empty", "half", "text", "pt", "zeros", "link", *NO_FILES]
CHECKPOINTS = ["runs", "pickle", "module", "dictionary", "half", "empty", "text", "zeros"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    shutil.copy(WEIGHTS / "shapes-detect.onnx", folder)
    (folder.parent / "secret").write_bytes(networks.dense().tobytes())
    for name, make in {**networks.NETWORKS, **networks.HARMLESS}.items():
        onnx.save(make(), folder / f"{name}.onnx")
    networks.files(folder)
    networks.checkpoints(folder, folder / "proof")
    return folder


@pytest.fixture(scope="module")
def hostile(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    folder = tmp_path_factory.mktemp("weights")
    with (
        Server(folder, MODEL_STORE=str(store), DEFAULT_MODEL="shapes-detect", CACHE_MB="200") as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_S, trust_env=False) as client,
    ):
        guard = Guard(server, client)
        guard.ordinary()
        # What a .pt needs is imported once, which takes half a gigabyte, and no case is to blame for it.
        assert predict(guard, "pt-empty").status_code == 503
        yield guard


def predict(guard: Guard, model: str) -> httpx.Response:
    return guard.client.post(f"/api/models/{model}/predict", files={"file": PICTURE})


def refused(model: str, guard: Guard, status: int = 503) -> None:
    """Refused twice, in the same words: nothing of it was kept."""
    request = {"url": f"/api/models/{model}/predict", "files": {"file": PICTURE}}
    first, second = (guard.ask(Case(model, status, request)) for _ in range(2))
    assert first.json() == second.json()
    assert f'"{model}"' in first.json()["error"]


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_network(name: str, hostile: Guard) -> None:
    refused(name, hostile)


@pytest.mark.parametrize("name", FILES)
def test_file(name: str, hostile: Guard) -> None:
    refused(f"file-{name}", hostile, 404 if name in NO_FILES else 503)


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoint(name: str, store: Path, hostile: Guard) -> None:
    refused(f"pt-{name}", hostile)
    assert not (store / "proof").exists()


@pytest.mark.parametrize("name", networks.HARMLESS)
def test_answers_that_are_no_numbers_are_left_out(name: str, hostile: Guard) -> None:
    request = {"url": f"/api/models/{name}/predict", "files": {"file": PICTURE}}
    response = hostile.ask(Case(name, 200, request))
    assert response.json()["images"][0]["results"] == []


def test_damaged_numbers_are_weights_all_the_same(hostile: Guard) -> None:
    """Without a checksum in the index nobody can tell; but nothing breaks."""
    request = {"url": "/api/models/file-damaged/predict", "files": {"file": PICTURE}}
    hostile.ask(Case("damaged", (200, 503), request))


def test_a_network_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_RUN_S", 0.5)
    onnx.save(networks.endless(), tmp_path / "endless.onnx")
    with pytest.raises(ModelUnusable, match="fails on an input"):
        open_model(tmp_path / "endless.onnx")
