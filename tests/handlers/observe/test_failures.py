"""What is our fault: logged with its trace, for Error Reporting to group, and answered all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.handlers.observe.lines import parsed
from tests.support.server import ROOT

_SCRIPT = """
import asyncio, contextlib, json, sys, threading, warnings
import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse
from starlette.routing import Route
from handlers.app import create_app
from handlers.middleware import CommonHeaders
from handlers.observe import request_line
from handlers.observe.log import configure
from handlers.observe.middleware import Observe
from handlers.settings import read_settings

class Broken:
    def __getattr__(self, name):
        raise RuntimeError("a bug of ours")

async def bug(request):
    raise KeyError("another bug")

async def half(request):
    async def lines():
        yield b"half"
        raise KeyError("a late bug")
    return StreamingResponse(lines())

configure("json", "acme")
routes = [Route("/bug", bug), Route("/half", half)]
other = Starlette(routes=routes, middleware=[
    Middleware(Observe, 0, {"/bug", "/half"}, (request_line.note,)), Middleware(CommonHeaders)])

async def ask(app, method, path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        headers = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "X-Request-Id": path[1:]}
        answer = await client.request(method, path, headers=headers, files={"file": b"a picture"})
        return answer.status_code, dict(answer.headers), answer.text

async def all():
    app = create_app(read_settings(), Broken())
    with contextlib.suppress(AssertionError):  # httpx', at an answer that does not end
        await ask(other, "GET", "/half")
    return [await ask(app, "POST", "/predict"), await ask(other, "GET", "/bug")]

print(json.dumps(asyncio.run(all())), file=sys.stderr)
warnings.warn("a warning")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise ValueError("the end")
"""


def test_failures(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        cwd=ROOT,
        env=os.environ | {"CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    answers: list[tuple[int, dict[str, str], str]] = json.loads(done.stderr)
    lines = parsed(done.stdout)
    for (status, headers, text), said in zip(answers, ("a bug of ours", "another bug"), strict=True):
        assert status == 500
        assert json.loads(text)["error"] == "The request could not be answered; the fault is ours."
        assert headers["server-timing"].startswith("total;dur=")
        trace, request = (line for line in lines if line.get("request_id") == headers["x-request-id"])
        _is_reported(trace, said)
        assert (request["severity"], request["status"]) == ("ERROR", 500)
        assert trace["logging.googleapis.com/trace"] == request["logging.googleapis.com/trace"]
    late = [line for line in lines if line.get("request_id") == "half"]
    _is_reported(late[0], "a late bug")
    assert late[1]["status"] == 500, "though 200 was what the client saw first"
    warning, thread, end = lines[-3:]
    assert warning["severity"] == "WARNING"
    _is_reported(thread, "ZeroDivisionError")
    _is_reported(end, "the end")


def _is_reported(line: dict[str, Any], said: str) -> None:
    assert line["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert said in line["stack_trace"]
