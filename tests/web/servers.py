"""Servers whose page looks another way: one that needs a key, one whose classes have hostile names."""

from __future__ import annotations

import json
from pathlib import Path

import onnx

from model_cache.builtin import WEIGHTS
from tests.support.server import Server

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "\u202egnp.exe" + "x" * 300,
    "{{assets}} ${alert(1)} %0d%0a \" ' `",
)


def guarded(folder: Path) -> Server:
    keys = {"right-key-for-everything": {}, "key-of-a-shop-with-little": {"models": ["shapes-obb"], "quota": "2/hour"}}
    (folder / "keys.json").write_text(json.dumps(keys))
    return Server(folder, API_KEYS_FILE=str(folder / "keys.json"))


def hostile(folder: Path) -> Server:
    """Our detector and our classifier, except that their classes have such names."""
    (folder / "models").mkdir()
    for task in ("detect", "classify"):
        model = onnx.load(str(WEIGHTS / f"shapes-{task}.onnx"))
        for one in model.metadata_props:
            if one.key == "names":
                one.value = repr(dict(enumerate(HOSTILE)))
        onnx.save(model, str(folder / "models" / f"{task}.onnx"))
    return Server(folder, MODEL_STORE=str(folder / "models"), DEFAULT_MODEL="detect")
