"""Small videos that are much work, or that turn into something larger on their way."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from importlib.util import find_spec

import pytest

from tests.handlers.video.bombs import blank_gif, growing_film
from tests.hostile.case import Case, names
from tests.hostile.guard import PATIENCE_S, Guard


def strided(name: str, expected: int | tuple[int, ...], data: bytes, stride: int) -> Case:
    return Case(name, expected, {"files": {"file": data}, "data": {"vid_stride": str(stride)}})


@pytest.mark.parametrize(
    **names(
        [
            strided("gif of 10 gigapixels in one step", 413, blank_gif(7000, 200), 200),
            strided("gif of 490 megapixels", 200, blank_gif(7000, 10), 10),
            strided("gif that goes back to what was before", (400, 413), blank_gif(7000, 10, 3), 10),
            strided("the largest such", 200, blank_gif(4990, 10, 3), 10),
        ]
    )
)
def test_much_work(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.mark.skipif(not find_spec("av"), reason="PyAV is not installed")
def test_frames_that_become_huge(guard: Guard) -> None:
    """What came before is answered, as of a damaged file."""
    answered = guard.ask(strided("h264 that grows to 12,000 pixels", 200, growing_film(12_000, 3), 1))
    assert {tuple(image["shape"]) for image in answered.json()["images"]} == {(48, 64)}


def test_a_caller_who_leaves_much_work_behind(guard: Guard) -> None:
    """The hostile server has two threads: both are free again, however long the step was to be."""
    request = guard.client.build_request(
        "POST", "/predict", files={"file": blank_gif(7000, 10_000)}, data={"vid_stride": "10000"}
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    message = f"POST /predict HTTP/1.1\r\n{head}\r\n".encode() + request.read()
    with ExitStack() as stack:
        for _ in range(2):
            address = "127.0.0.1", guard.client.base_url.port
            connection = stack.enter_context(socket.create_connection(address, timeout=PATIENCE_S))
            connection.sendall(message)
        guard.ordinary()  # while they are busy, too
    guard.ordinary()
