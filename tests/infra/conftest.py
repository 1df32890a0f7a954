"""A Cloud Run of the test's own, and the tool asked in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.tool import cloudrun
from infra.tool.cli import main
from tests.infra.run_api import PROJECT, FakeRun, serve

APIS = ("run", "serviceusage", "logging", "cloudbuild")
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


def environment(url: str, folder: Path) -> dict[str, str]:
    """What gcloud needs to believe that it is signed in, and that the cloud is behind this proxy."""
    parts = urlsplit(url)
    (folder / "token").write_text("word")
    return {
        "CLOUDSDK_CONFIG": str(folder / "gcloud"),
        "CLOUDSDK_CORE_PROJECT": PROJECT,
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(folder / "token"),
        **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}": f"http://{api}.test/" for api in APIS},
        "CLOUDSDK_PROXY_TYPE": "http",
        "CLOUDSDK_PROXY_ADDRESS": str(parts.hostname),
        "CLOUDSDK_PROXY_PORT": str(parts.port),
        "http_proxy": url,
    }
