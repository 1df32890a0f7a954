"""The servers that are measured: how each is started, and the processes that it consists of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.clients import Client
from tests.support.server import ROOT, free_port

PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
_PATIENCE_S = 120.0
_QUIET = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "YOLO_VERBOSE": "0"}


@dataclass(frozen=True)
class Contender:
    """command: what starts it; the port, and a peer's weights, come by the environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def serve(self, folder: Path, **more: str) -> Iterator[Running]:
        """Start it; it need not listen yet. folder: for what it writes."""
        port = free_port()
        environment = os.environ | _QUIET | {"PORT": str(port), "YOLO_CONFIG_DIR": str(folder / "ultralytics")}
        with (folder / f"{self.name}.log").open("ab") as log:
            began = time.perf_counter()
            process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**environment, **self.environment, **more},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Running(self.name, port, process, began, folder)
        finally:
            _end(process)


@dataclass(frozen=True)
class Running:
    """began: perf_counter when its process was started."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    began: float
    folder: Path

    def client(self) -> Client:
        return Client(self.port)

    def connect(self) -> Client:
        """A connected client, as soon as the server listens."""
        while True:
            client = self.client()
            try:
                client.connect()
                return client
            except ConnectionError:
                self.check()
                time.sleep(0.002)

    def check(self) -> None:
        """Raise RuntimeError, with its last words, if it has ended or takes too long."""
        if self.process.poll() is not None or time.perf_counter() - self.began > _PATIENCE_S:
            words = (self.folder / f"{self.name}.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.name} does not serve:\n{words}")

    def megabytes(self) -> float:
        """Memory of all its processes; what they share counts once (the sum of their PSS)."""
        total = 0
        for member in _session(self.process.pid):
            try:
                rollup = Path(f"/proc/{member}/smaps_rollup").read_text()
            except OSError:
                continue  # it has just ended
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return total * 1024 / 1e6


def _session(leader: int) -> list[int]:
    members = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if session == leader:
            members.append(int(folder.name))
    return members


def _end(process: subprocess.Popen[bytes]) -> None:
    with_children = -process.pid
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(with_children, how)
        except ProcessLookupError:
            break
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def ours(kind: str, **environment: str) -> Contender:
    """Ourselves. kind: the suffix of the weights that answer."""
    framework = Path(sys.executable).parent / "functions-framework"
    return Contender(f"ours {kind}", (str(framework), "--target", "predict"), environment)


def peer(kind: str, weights: Path) -> Contender:
    """kind: "fastapi" or "litserve"."""
    command = (str(PEERS_PYTHON), "-m", f"tests.bench.peers.{kind}_server")
    return Contender(f"{kind} {weights.suffix}", command, {"WEIGHTS": str(weights)})
