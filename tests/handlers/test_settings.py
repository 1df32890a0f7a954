"""Settings of keys and quotas: what follows from where it runs, and what is never repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from handlers.settings import InvalidSetting, read_settings
from model_cache.processors import processors
from tests.support.server import ROOT

KEY = "a-secret-key"


@pytest.mark.parametrize(
    ("environment", "anonymous", "proxies"),
    [
        ({}, True, 0),
        ({"K_SERVICE": "s"}, False, 1),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f"}, False, 1),
        ({"K_SERVICE": "s", "ALLOW_ANONYMOUS": "true", "TRUSTED_PROXIES": "2"}, True, 2),
        ({"API_KEYS": KEY}, False, 0),
        ({"API_KEYS_FILE": "keys.json"}, False, 0),
        ({"API_KEYS": KEY, "ALLOW_ANONYMOUS": "true"}, True, 0),
        ({"ALLOW_ANONYMOUS": "false"}, False, 0),
    ],
)
def test_who_may_call(environment: dict[str, str], anonymous: bool, proxies: int) -> None:
    settings = read_settings(environment)
    assert (settings.allow_anonymous, settings.trusted_proxies) == (anonymous, proxies)


@pytest.mark.parametrize(
    ("environment", "at_once"),
    [
        ({}, processors()),
        ({"BATCH": "1"}, processors()),
        ({"BATCH": "64"}, 128),
        ({"BATCH": "64", "CONCURRENCY": "3"}, 3),
    ],
)
def test_a_batch_finds_enough_predictions_at_once(environment: dict[str, str], at_once: int) -> None:
    assert read_settings(environment).concurrency == at_once


def test_secrets_are_not_shown() -> None:
    settings = read_settings({"API_KEYS": KEY, "QUOTA_STORE": f"redis://user:{KEY}@here/1"})
    assert KEY not in repr(settings)
    assert len(settings.api_keys) == 1


@pytest.mark.parametrize(
    "environment",
    [
        {"API_KEYS": f"{KEY} {KEY}"},
        {"API_KEYS": f"sha256:{KEY}"},
        {"QUOTA_STORE": f"redis://:{KEY}@here:port"},
        {"QUOTA_STORE": f"https://:{KEY}@here"},
        {"QUOTA_STORE": f"redis://:{KEY}@"},
    ],
)
def test_unusable_secrets_are_not_repeated(environment: dict[str, str]) -> None:
    with pytest.raises(InvalidSetting, match=f"{next(iter(environment))} cannot be used: it must be") as caught:
        read_settings(environment)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"K_SERVICE": "s"}, "yolo-endpoint cannot start: there is no key, so nobody could call it."),
        ({"ALLOW_ANONYMOUS": "false"}, "yolo-endpoint cannot start: there is no key"),
        ({"API_KEYS_FILE": "missing.json"}, "yolo-endpoint cannot start: API_KEYS_FILE names a file that cannot"),
        ({"API_KEYS_FILE": "README.md"}, "yolo-endpoint cannot start: API_KEYS_FILE is not valid JSON."),
        ({"QUOTA": "1000"}, "yolo-endpoint cannot start: QUOTA='1000' cannot be used: it must be a quota such as"),
    ],
)
def test_start_is_refused_in_a_sentence(environment: dict[str, str], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import main"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_empty_file_of_keys_refuses_the_start(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")
    environment = os.environ | {"API_KEYS_FILE": str(tmp_path / "keys.json")}
    done = subprocess.run(
        [sys.executable, "-c", "import main"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "there is no key" in done.stderr
