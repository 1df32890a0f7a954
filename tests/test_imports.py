"""What a process has imported when it has answered its first request: the cold start is the sum of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from model_cache.builtin import WEIGHTS
from tests.support import gcs
from tests.support.server import ROOT

# Packages of site-packages. The first row comes with functions-framework, whatever we do.
ALLOWED = {
    *("functions_framework", "flask", "werkzeug", "jinja2", "markupsafe", "click", "blinker", "itsdangerous"),
    *("cloudevents", "deprecation", "packaging", "dateutil", "six", "watchdog", "_distutils_hack"),
    *("gunicorn", "uvicorn", "uvicorn_worker", "h11"),  # and of its server, which it would import next
    *("starlette", "anyio", "sniffio", "idna", "typing_extensions", "python_multipart", "orjson"),
    *("numpy", "cv2", "onnxruntime", "flatbuffers", "google"),  # google: the namespace, empty
}
# Far more than they are worth on this way, or not needed before something else is asked.
NEVER = {
    *("torch", "torchvision", "ultralytics", "pandas", "matplotlib", "polars", "scipy", "av", "rawpy", "PIL"),
    *("google.cloud.storage", "google.auth", "requests", "urllib3", "boto3", "openvino", "redis", "tqdm", "psutil"),
}
_SCRIPT = """
import asyncio, json, sys
import functions_framework._cli
import main
picture = open("model_cache/builtin/examples/shapes.jpg", "rb").read()
async def ask():
    said = []
    body = [{"type": "http.request", "body": picture, "more_body": False}]
    async def receive():
        return body.pop() if body else await asyncio.Event().wait()  # the client stays
    async def send(message):
        said.append(message)
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
             "path": "/predict", "raw_path": b"/predict", "query_string": b"", "root_path": "", "server": ("here", 80),
             "client": ("there", 1), "headers": [(b"content-type", b"image/jpeg")]}
    await main.app(scope, receive, send)
    return said
said = asyncio.run(ask())
found = json.loads(said[1]["body"])
packages = {name.partition(".")[0] for name, module in list(sys.modules.items())
            if "site-packages" in (getattr(module, "__file__", None) or "")}
print(json.dumps([len(found["images"][0]["results"]), sorted(packages), sorted(sys.modules)]))
"""


def test_first_answer_from_a_bucket_imports_little(tmp_path: Path) -> None:
    bucket = gcs.FakeBucket()
    bucket.put("shapes-detect.onnx", (WEIGHTS / "shapes-detect.onnx").read_bytes())
    bucket.put_index({"shapes": {"file": "shapes-detect.onnx"}})
    with gcs.serve(bucket):
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            cwd=ROOT,
            env=os.environ
            | {
                "MODEL_STORE": f"gs://{gcs.BUCKET}",
                "STORAGE_EMULATOR_HOST": bucket.url,
                "CACHE_DIR": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    detections, packages, modules = json.loads(done.stdout)
    assert detections == 6
    assert NEVER & set(modules) == set()
    assert set(packages) - ALLOWED == set()


def test_openvino_is_not_imported_before_a_picture_comes() -> None:
    script = """
import sys
from pathlib import Path
from model_cache.execution import Execution
from model_cache.model import open_model
open_model(Path(sys.argv[1]), Execution(openvino=True))
print("model_cache.engines.openvino" in sys.modules, "openvino" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(WEIGHTS / "shapes-detect.onnx")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True False\n"
