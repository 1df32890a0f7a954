"""A worker that does what it may not, and what the server makes of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from handlers.decode import decode
from handlers.errors import BadRequest, TooLarge, TooMany
from handlers.sandbox import pool as pools
from handlers.sandbox.memory import shared
from handlers.sandbox.pool import Pool, WorkerFailed
from tests.handlers.decode import pictures

HEIC = (pictures.HEIC / "plain.heic").read_bytes()
MEGA = 1_000_000
# What stands at the beginning of every worker that is made up here.
PREAMBLE = """
import os, sys, socket, time
server = socket.socket(fileno=int(sys.argv[1]))
_, files, _, _ = socket.recv_fds(server, 4096, 2)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that runs in place of the worker."""
    file = tmp_path / "made_up_worker.py"
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(pools, "_PROGRAM", file.stem)
    return file


def ask(pool: Pool, seconds: float = 5, data: bytes = HEIC) -> dict[str, object]:
    with pool.lease() as worker, shared(len(data), data) as file, shared(3 * MEGA) as pixels:
        return worker.ask({"picture": "HEIC", "max_pixels": MEGA}, seconds, file, pixels)


@pytest.mark.parametrize(
    "program_text",
    [
        "os.abort()",
        "sys.exit()",
        "server.sendall(b'no JSON')",
        "server.sendall(b'[]')",
        "server.sendall(b'[' * 4000)",
        """server.sendall(b'{"shape": [1000, 1001]}')""",
        """server.sendall(b'{"shape": [-1, -1]}')""",
        """server.sendall(b'{"shape": [0, 5]}')""",
        """server.sendall(b'{"shape": [1.5, 2]}')""",
        """server.sendall(b'{"shape": "64"}')""",
    ],
)
def test_a_crash_or_nonsense_fails_one_file_alone(program_text: str, program: Path) -> None:
    program.write_text(PREAMBLE + program_text)
    pool = Pool(MEGA)
    for _ in range(2):
        with pytest.raises(WorkerFailed) as failure:
            ask(pool)
        assert not failure.value.exhausted
    assert not pool.idle


def test_shared_memory_can_be_neither_shortened_nor_outgrown(program: Path) -> None:
    program.write_text(
        PREAMBLE + "failed = 0\n"
        "for work in (lambda: os.ftruncate(files[1], 0), lambda: os.ftruncate(files[1], 10**9),"
        " lambda: os.pwrite(files[1], b'x', 3_000_000)):\n"
        "    try: work()\n"
        "    except OSError: failed += 1\n"
        """server.sendall(b'{"failed": %d}' % failed)"""
    )
    assert ask(Pool(MEGA)) == {"failed": 3}


def test_secrets_stay_here(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text(PREAMBLE + """server.sendall(b'{"secret": %d}' % ("SOME_KEY" in os.environ))""")
    monkeypatch.setenv("SOME_KEY", "secret")
    assert ask(Pool(MEGA)) == {"secret": 0}


def test_a_worker_that_does_not_answer_is_ended(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_WALL", 0)  # a second is left, whatever its processor time
    program.write_text(PREAMBLE + "time.sleep(600)")
    with pytest.raises(WorkerFailed) as failure:
        ask(Pool(MEGA))
    assert failure.value.exhausted


def test_processor_time_is_limited() -> None:
    pool, side = Pool(50 * MEGA), 5000
    data = pictures.jpeg2000(side)
    with pool.lease() as worker, shared(len(data), data) as file, shared(150 * MEGA) as pixels:
        message = {"picture": "JPEG 2000", "max_pixels": 50 * MEGA}
        with pytest.raises(WorkerFailed) as failure:
            worker.ask(message, 0.3, file, pixels)
        assert failure.value.exhausted
    assert ask(pool) == {"shape": [48, 64]}  # the next file has a worker that is new


def test_memory_is_limited() -> None:
    data = pictures.jpeg2000(5000)
    assert decode(data, max_pixels=50 * MEGA).shape == (5000, 5000, 3)
    with pytest.raises((BadRequest, TooLarge)):
        decode(data, max_pixels=25 * MEGA)  # it may take as much as a picture of so many pixels needs, but for this


def test_a_worker_is_kept_for_the_next_file() -> None:
    pool = Pool(MEGA)
    assert ask(pool) == ask(pool) == {"shape": [48, 64]}
    kept = pool.idle
    assert ask(pool, data=HEIC[:300]) == {"error": "damaged"}
    assert pool.idle == kept
    assert len(kept) == 1


def test_so_many_videos_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_MOST_WORKERS", 1)
    pool = Pool(MEGA)
    with pool.lease(), pytest.raises(TooMany), pool.lease():
        pass
    with pool.lease():
        pass
