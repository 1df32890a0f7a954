"""The server's side of the sandbox: a file's bytes in, frames out, whatever the decoder does.

A worker is a process that runs worker.py. It stays for the next file. It is killed, and replaced by the next that is
needed, when it exceeds its limits, dies, or answers what cannot be.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from handlers.errors import TooMany
from model_cache.processors import processors

_PROGRAM = "handlers.sandbox.worker"
_ROOT = Path(__file__).parents[2]
# Of videos, as video/sniff.py knows them. FFmpeg opens these and local files alone, and none of these containers opens
# a second file: playlists, scripts, sessions and addresses are refused.
_CONTAINERS = "mov,avi,matroska,webm,mpeg,mpegvideo,m4v,mpegts,asf,gif"
_MOST_WORKERS = 16  # each video that is being read has one; idle, one takes 20 to 50 MB
_MOST_FILES = 1000  # of one worker, so that what a library loses stays small
_MOST_REPLY = 512  # bytes
_WALL = 4  # times its processor time, on a busy machine or on a part of a processor


class WorkerFailed(Exception):
    """The worker has died, or has not answered. exhausted: it had used up its time."""

    def __init__(self, *, exhausted: bool = False) -> None:
        super().__init__()
        self.exhausted = exhausted


class Worker:
    """One process, to be used by one thread at a time. idle: it can be given a file."""

    def __init__(self, max_pixels: int) -> None:
        """max_pixels: of a frame; what the worker may take of memory and time follows from it."""
        self.max_pixels = max_pixels
        self.files = 0
        self.idle = True
        self._socket, theirs = socket.socketpair()
        # Its environment holds none of the server's secrets.
        environment = {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), *sys.path])),
            "MALLOC_ARENA_MAX": "1",  # an arena for each thread would count as 64 MB of addresses
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OPENCV_IO_MAX_IMAGE_PIXELS": str(max_pixels),
            "OPENCV_FFMPEG_CAPTURE_OPTIONS": f"format_whitelist;{_CONTAINERS}|protocol_whitelist;file",
            "OPENCV_FFMPEG_LOGLEVEL": "-8",
        }
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - its arguments are a name and a number
                [sys.executable, "-PS", "-m", _PROGRAM, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                pass_fds=(theirs.fileno(),),
            )

    def ask(self, message: Mapping[str, Any], seconds: float, *descriptors: int) -> dict[str, Any]:
        """The worker's answer. Raises WorkerFailed.

        seconds: of processor time that it may take; descriptors: of what it reads and writes.
        """
        self.send(message, seconds, *descriptors)
        return self.receive()

    def send(self, message: Mapping[str, Any], seconds: float, *descriptors: int) -> None:
        """The first half of `ask`, so that the worker is at work while the caller is, too."""
        text = json.dumps({**message, "seconds": seconds}).encode()
        self.idle = False
        try:
            self._socket.settimeout(_WALL * seconds + 1)
            socket.send_fds(self._socket, [text], descriptors)
        except OSError:
            raise self._failed() from None

    def receive(self) -> dict[str, Any]:
        """The answer to what was sent. Raises WorkerFailed."""
        try:
            answer = json.loads(self._socket.recv(_MOST_REPLY))
        except TimeoutError:
            raise self._failed(exhausted=True) from None
        except (OSError, ValueError):
            raise self._failed() from None
        if not isinstance(answer, dict) or not self._can_be(answer.get("shape", [1, 1])):
            raise self._failed()
        self.idle = True
        return answer

    def _failed(self, *, exhausted: bool = False) -> WorkerFailed:
        status = self.close()
        return WorkerFailed(exhausted=exhausted or status == -signal.SIGPROF)

    def _can_be(self, shape: object) -> bool:
        """Whether a frame can have this height and width: a worker that was taken over may say anything."""
        if not isinstance(shape, list) or len(shape) != 2 or not all(isinstance(length, int) for length in shape):
            return False
        height, width = map(int, shape)
        return min(height, width) > 0 and height * width <= self.max_pixels

    def close(self) -> int:
        """End the process; its exit status, negative for the signal that it died of."""
        self.idle = False
        self._socket.close()
        try:
            return self._process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class Pool:
    """idle: workers that wait for a file."""

    def __init__(self, max_pixels: int) -> None:
        """max_pixels: of a frame."""
        self._max_pixels = max_pixels
        self._lock = threading.Lock()
        self.idle: list[Worker] = []
        self._working = 0
        atexit.register(self._close)

    @contextmanager
    def lease(self) -> Iterator[Worker]:
        """A worker for one file. Raises TooMany where so many files are being read already."""
        with self._lock:
            if self._working >= _MOST_WORKERS:
                raise TooMany("Too many videos are being read; try again in a moment.", {"Retry-After": "1"})
            self._working += 1
            worker = self.idle.pop() if self.idle else None
        try:
            worker = worker or Worker(self._max_pixels)
            yield worker
        finally:
            with self._lock:
                self._working -= 1
                if worker is not None and self._keeps(worker):
                    worker.files += 1
                    self.idle.append(worker)
                    worker = None
            if worker is not None:
                worker.close()

    def _close(self) -> None:
        while self.idle:
            self.idle.pop().close()

    def _keeps(self, worker: Worker) -> bool:
        return worker.idle and worker.files < _MOST_FILES and len(self.idle) < processors()


@cache
def pool(max_pixels: int) -> Pool:
    """The workers for pictures of so many pixels; a server has one limit, and so one pool."""
    return Pool(max_pixels)
