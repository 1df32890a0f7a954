"""A real Redis, on a port of its own."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from tests.support.server import free_port

PATIENCE = 30.0  # seconds


class RedisServer:
    """Serves inside a with block; it may be stopped and started again, and then has lost what it held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.password = "a-password-of-the-store"  # noqa: S105
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "requirepass": self.password}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(["redis-server", *words], cwd=self._folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline
            time.sleep(0.02)  # another process's socket gives no event to wait for

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    def names(self) -> list[str]:
        with Redis.from_url(self.url) as client:
            return [key.decode() for key in client.scan_iter()]

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except NoConnection:
            return False


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("There is no redis-server on this machine.")
    with RedisServer(tmp_path) as running:
        yield running
