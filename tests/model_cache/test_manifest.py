from __future__ import annotations

import json
from typing import Any

import pytest

from model_cache.errors import ModelNotFound, StoreUnavailable
from model_cache.manifest import INDEX_BYTES, Manifest, ModelEntry, from_listing, is_path, not_found, parse

SHA256 = "ab" * 32


def index(**models: Any) -> bytes:
    return json.dumps({"models": models}).encode()


def test_reads_every_field() -> None:
    data = json.dumps(
        {
            "models": {
                "coco/3": {
                    "file": "coco/3.onnx",
                    "sha256": SHA256.upper(),
                    "size": 9894000,
                    "task": "detect",
                    "names": {"0": "person", "10": "dog"},
                    "imgsz": 640,
                    "aliases": ["yolov8n-640", "acme/street/yolov8n"],
                }
            }
        }
    ).encode()
    names = {0: "person", 10: "dog"}
    aliases = ("yolov8n-640", "acme/street/yolov8n")
    entry = ModelEntry("coco/3", "coco/3.onnx", SHA256, 9894000, "detect", names, 640, aliases)
    manifest = parse(data)
    assert manifest.entries == (entry,)
    for name in ("coco/3", *aliases):
        assert manifest.resolve(name) == entry
    assert manifest.entries[0].aliases == aliases


def test_file_alone_is_enough_and_unknown_keys_are_passed_over() -> None:
    manifest = parse(b'{"made": "today", "models": {"a": {"file": "a.pt", "stride": [1, {"x": 2}]}}}')
    assert manifest.entries == (ModelEntry("a", "a.pt"),)


def test_names_may_be_a_list() -> None:
    assert parse(index(a={"file": "a.pt", "names": ["cat", "dog"]})).resolve("a").names == {0: "cat", 1: "dog"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"models": []}',
        b'{"models": {"a": null}}',
        b'{"models": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"models": {"a": {"file": "a.pt", "size": ' + b"9" * 5000 + b"}}}",
        b'{"models": {"a": {"file": "a.pt"}, "a": {"file": "b.pt"}}}',
        b" " * INDEX_BYTES + b'{"models": {}}',
        index(a={}),
        index(a={"file": 3}),
        index(a={"file": "/etc/passwd"}),
        index(a={"file": "../a.pt"}),
        index(a={"file": "a/../../b.pt"}),
        index(a={"file": "a\x00.pt"}),
        index(**{"../a": {"file": "a.pt"}}),
        index(a={"file": "a.pt", "sha256": "ab"}),
        index(a={"file": "a.pt", "sha256": 3}),
        index(a={"file": "a.pt", "size": "9"}),
        index(a={"file": "a.pt", "size": True}),
        index(a={"file": "a.pt", "size": 0}),
        index(a={"file": "a.pt", "imgsz": -640}),
        index(a={"file": "a.pt", "imgsz": 640.0}),
        index(a={"file": "a.pt", "task": "pose-estimation"}),
        index(a={"file": "a.pt", "names": "person"}),
        index(a={"file": "a.pt", "names": {"person": "0"}}),
        index(a={"file": "a.pt", "names": {"0": None}}),
        index(a={"file": "a.pt", "aliases": "b"}),
        index(a={"file": "a.pt", "aliases": ["../b"]}),
        index(a={"file": "a.pt", "aliases": ["b"]}, b={"file": "b.pt"}),
        index(a={"file": "a.pt", "aliases": ["c"]}, b={"file": "b.pt", "aliases": ["c"]}),
    ],
    ids=range(32),
)
def test_malformed_index_is_one_clear_sentence(data: bytes) -> None:
    with pytest.raises(StoreUnavailable, match=r"^models\.json [^\n]{5,200}\.$"):
        parse(data)


def test_listing_prefers_onnx_and_takes_only_weights() -> None:
    files = ["coco/3.pt", "coco/3.onnx", "b.pt", "notes.txt", "coco/", ".hidden.pt", "x..y.pt", "a b.pt", ".pt"]
    assert from_listing(files) == Manifest((ModelEntry("b", "b.pt"), ModelEntry("coco/3", "coco/3.onnx")))
    assert from_listing(["a.b.pt"]).resolve("a.b").file == "a.b.pt"


def test_only_is_the_one_model() -> None:
    assert from_listing(["a.pt"]).only() == ModelEntry("a", "a.pt")
    assert from_listing([]).only() is None
    assert from_listing(["a.pt", "b.pt"]).only() is None


BAD_IDS = [
    "",
    ".",
    "..",
    "/",
    "a/",
    "/a",
    "a//b",
    "../a",
    "a/../b",
    "a..b",
    "a/.b",
    "-rf",
    "a\n",
    "a\x00",
    "a b",
    "a\\b",
    "a%2fb",
    "gs://a/b",
    "https://x.test/a.pt",
    "é",
    "a" * 129,
    "a/" * 300 + "a",
]


@pytest.mark.parametrize("name", BAD_IDS)
def test_tricky_id_is_not_found_and_not_repeated(name: str) -> None:
    assert not is_path(name)
    assert str(not_found(name)) == "There is no such model here."


@pytest.mark.parametrize("name", ["a", "0", "coco/3", "acme/parking/yolo26n", "v1.2_b-c", "a" * 128])
def test_ordinary_id_that_is_not_there_is_named(name: str) -> None:
    assert is_path(name)
    with pytest.raises(ModelNotFound, match=f'^There is no model "{name}" here.$'):
        Manifest().resolve(name)
