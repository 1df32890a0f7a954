"""The file of keys, as it is read and as it changes."""

from __future__ import annotations

import json
import logging
import os
import resource
from pathlib import Path

import pytest

from handlers.access.callers import Caller
from handlers.access.keyfile import KeyFile
from handlers.access.keys import digest, hashed

KEY = "a-secret-key"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def write(path: Path, content: object) -> None:
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def caller(key: str, quota: str | None = "9/hour", models: frozenset[str] | None = None, name: str = "") -> Caller:
    return Caller(digest(key).hex(), quota, models, name or digest(key).hex()[:8])


def test_entries(path: Path) -> None:
    write(
        path,
        {
            KEY: {"name": "shop", "quota": "1/hour;2/day", "models": ["helmets"]},
            hashed("b"): {},
            "c": {"quota": None, "models": []},
        },
    )
    assert KeyFile(path, "9/hour").callers == {
        digest(KEY): caller(KEY, "1/hour;2/day", frozenset({"helmets"}), "shop"),
        digest("b"): caller("b"),
        digest("c"): caller("c", None, frozenset()),
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "API_KEYS_FILE is not valid JSON."),
        ("[" * 100_000, "API_KEYS_FILE is not valid JSON."),
        ([KEY], "API_KEYS_FILE must hold a JSON object"),
        ({"b": {}, KEY: "shop"}, "API_KEYS_FILE: entry 2 must be a key -> an object"),
        ({KEY: {"model": ["helmets"]}}, "entry 1 must be a key -> an object"),
        ({KEY: {"models": "helmets"}}, 'entry 1 must be one whose "models" is a list'),
        ({KEY: {"models": [7]}}, 'entry 1 must be one whose "models" is a list'),
        ({KEY: {"quota": "many"}}, "entry 1 must be a quota such as"),
        ({KEY: {"quota": 7}}, 'entry 1 must be one whose "quota" is text or null'),
        ({KEY: {"name": 7}}, 'entry 1 must be one whose "name" is text'),
        ({f"{KEY} {KEY}": {}}, "entry 1 must be a key of up to 512"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_unusable_is_said_without_a_key(path: Path, content: object, sentence: str) -> None:
    write(path, content)
    with pytest.raises(ValueError, match=sentence) as caught:
        KeyFile(path, None)
    assert KEY not in str(caught.value)


def test_missing_is_said(path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        KeyFile(path, None)


def test_changes_are_read_and_mistakes_keep_what_was(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    write(path, {"old": {}})
    file = KeyFile(path, "9/hour")
    write(path, {KEY: {}, "other": {}})
    file.refresh()
    kept = {digest(KEY): caller(KEY), digest("other"): caller("other")}
    assert file.callers == kept
    for content in ("{", {KEY: {"quota": "many"}}):
        write(path, content)
        file.refresh()
        file.refresh()
        assert file.callers == kept
    path.unlink()
    file.refresh()
    assert file.callers == kept
    mistakes = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(mistakes) == 3, "each once"
    write(path, {})
    file.refresh()
    assert file.callers == {}, "all keys were taken back"
    assert KEY not in caplog.text


def test_read_that_fails_is_tried_again(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No file can be opened for a while: a key that was taken back must not stay good for ever."""
    write(path, {"old": {}})
    file = KeyFile(path, None)
    write(path, {"new": {}})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with path.open() as newest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (newest.fileno(), hard))
    try:
        file.refresh()
        file.refresh()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert list(file.callers) == [digest("old")]
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    file.refresh()
    assert list(file.callers) == [digest("new")]


def test_replaced_by_one_of_the_same_length_and_time(path: Path, tmp_path: Path) -> None:
    """As a mounted secret is: by another file under the same name."""
    write(path, {"key-1": {}})
    file = KeyFile(path, None)
    write(tmp_path / "new", {"key-2": {}})
    os.utime(tmp_path / "new", ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    (tmp_path / "new").rename(path)
    file.refresh()
    assert list(file.callers) == [digest("key-2")]
