"""What holds after every case: an expected status, a plain error body, bounded memory and time, and good service."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.dialects.cases import expected_rows
from tests.hostile.case import KEY, PICTURE, Case, Dialect
from tests.support.server import ROOT, Server

PATIENCE_S = 30.0  # without a byte of the answer: nothing hangs
MOST_WORK_S = 5.0  # of processor time for one case, which other programs on the machine do not lengthen
MOST_GROWTH = 600_000  # kB that one case may add to the server and its workers
_SAMPLED_S = 0.005  # how often their memory is added up
_LEAKS = re.compile(
    r"Traceback|\bFile \"|\.py\b|site-packages|/tmp/|root:x:|\b[A-Z]\w*(Error|Exception|Warning)\b"
    rf"|{re.escape(KEY)}|{re.escape(str(ROOT))}"
)


class Guard:
    """Asks a server, and watches its processes by what Linux says of them in /proc."""

    def __init__(self, server: Server, client: httpx.Client) -> None:
        self.client = client
        self._pid = server.pid

    def ask(self, case: Case) -> httpx.Response:
        """Ask, and check the answer and all that must hold; what came."""
        worked = self._worked()
        with self._growth(case.name):
            response = case.ask(self.client)
        self.check(case.name, case.dialect, response, case.statuses)
        worked = self._worked() - worked
        assert worked < MOST_WORK_S, f"{case.name}: {worked:.1f} s of work"
        if case.shape is not None and response.status_code == 200:
            assert tuple(response.json()["images"][0]["shape"]) == case.shape, case.name
        self.ordinary()
        return response

    def check(self, name: str, dialect: Dialect, response: httpx.Response, statuses: tuple[int, ...]) -> None:
        said = f"{name}: {response.status_code} {response.text[:300]}"
        assert response.status_code in statuses, said
        assert response.headers["x-content-type-options"] == "nosniff", said
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/json", said
            assert set(response.json()) in dialect.errors, said
            assert len(response.text) < 2000, said
            assert not _LEAKS.search(response.text), said
        if response.status_code in (429, 503):
            assert int(response.headers["retry-after"]) >= 1, said

    def ordinary(self) -> None:
        """What anybody else asks meanwhile is answered right."""
        response = self.client.post("/predict", files={"file": PICTURE})
        assert response.status_code == 200, response.text
        assert response.json()["images"][0]["results"] == expected_rows("one.jpg")

    @contextmanager
    def _growth(self, name: str) -> Iterator[None]:
        """What is taken in the with block stays within the limit: by each process, by its peak, and by all together,
        by what they have every few milliseconds. Of two processes that share a frame, each counts it.
        """
        for process in self._processes():
            with suppress(FileNotFoundError):
                (process / "clear_refs").write_text("5")  # forgets the peak
        before = {process: _kilobytes(process, "VmRSS") for process in self._processes()}
        over, total = threading.Event(), []

        def sample() -> None:
            while not over.wait(_SAMPLED_S):
                total.append(sum(_kilobytes(process, "VmRSS") for process in self._processes()))

        sampler = threading.Thread(target=sample)
        sampler.start()
        try:
            yield
        finally:
            over.set()
            sampler.join()
        each = [_kilobytes(process, "VmHWM") - before.get(process, 0) for process in self._processes()]
        grown = max(*each, *(taken - sum(before.values()) for taken in total))
        assert grown < MOST_GROWTH, f"{name}: {grown / 1e3:.0f} MB"

    def _worked(self) -> float:
        """Seconds of processor time so far, of processes that have ended too."""
        ticks = 0
        for process in self._processes():
            with suppress(FileNotFoundError):
                ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _processes(self) -> list[Path]:
        found, waiting = [], [self._pid]
        while waiting:
            pid = waiting.pop()
            found.append(Path(f"/proc/{pid}"))
            for children in Path(f"/proc/{pid}/task").glob("*/children"):  # a worker is the child of a thread
                with suppress(OSError):
                    waiting += map(int, children.read_text().split())
        return found


def _kilobytes(process: Path, name: str) -> int:
    """0 of a process that has ended."""
    with suppress(OSError):
        for line in (process / "status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0
