"""A Cloud Run of the test's own, and the tool asked in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.tool import cloudrun
from infra.tool.cli import main
from tests.infra.run_api import FakeRun, environment, serve

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRun]:
    fake = FakeRun()
    with serve(fake):
        for name, value in environment(fake.url, tmp_path).items():
            monkeypatch.setenv(name, value)
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(cloudrun.CloudRun.__init__, "__defaults__", (0.01,))  # polls often
        yield fake


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the tool: its exit status, and what it says on either output."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as left:  # argparse
            status = int(left.code or 0)
        return status, *capsys.readouterr()

    return call
