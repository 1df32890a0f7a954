"""The real server, as a user starts it: functions-framework in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx

PROC = Path("/proc")
ROOT = Path(__file__).parents[2]
_START_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """Serves inside a with block, under the environment variables given on top of this process's own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"server-{self.port}.log"
        self._environment = os.environ | {"CACHE_DIR": str(folder / "cache")} | environment

    def __enter__(self) -> Server:
        framework = Path(sys.executable).parent / "functions-framework"
        command = [str(framework), "--target", "predict", "--port", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + _START_S
        while not self._listens():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)  # another process's socket gives no event to wait for
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop()

    def stop(self, patience: float = 30.0) -> float:
        """SIGTERM, as a platform sends it; the seconds until the process has gone."""
        began, workers = time.monotonic(), self.workers()
        self._process.terminate()
        try:
            self._process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            for pid in (*workers, self._process.pid):
                os.kill(pid, signal.SIGKILL)
            self._process.wait()
            raise
        return time.monotonic() - began

    def workers(self) -> list[int]:
        """The processes that answer; none where there is no /proc."""
        children = PROC / f"{self._process.pid}/task/{self._process.pid}/children"
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []

    def resident(self) -> int:
        """Bytes of memory that the worker holds; 0 where there is no /proc."""
        pages = [int((PROC / f"{pid}/statm").read_text().split()[1]) for pid in self.workers()]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def pid(self) -> int:
        """Of gunicorn's parent; its worker is a child of it."""
        return self._process.pid

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
