"""The command that makes keys: what it prints is what the server takes."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from handlers.access.callers import Caller
from handlers.access.keyfile import KeyFile
from handlers.access.keys import digest
from handlers.keys import main, new_key

LINES = re.compile(r"(?:key \(shown only here\): +(\S+)\n)?for API_KEYS: +(\S+)\nfor API_KEYS_FILE: +(.+)\n")


def test_look() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch("ul_[0-9a-f]{40}", key) for key in keys)


def test_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", "--name", "shop", "--quota", "5/hour", "--models", "helmets, coco/3"])
    found = LINES.fullmatch(capsys.readouterr().out)
    assert found
    key, hashed, entry = found.groups()
    assert list(json.loads(entry)) == [hashed]
    (tmp_path / "keys.json").write_text(entry)
    (caller,) = KeyFile(tmp_path / "keys.json", None).callers.values()
    assert caller == Caller(digest(key).hex(), "5/hour", frozenset({"helmets", "coco/3"}), "shop")


def test_hash(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a-key\n"))
    main(["hash"])
    found = LINES.fullmatch(capsys.readouterr().out)
    assert found
    assert found.groups() == (None, f"sha256:{digest('a-key').hex()}", f'{{"sha256:{digest("a-key").hex()}": {{}}}}')


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        (["new", "--quota", "many"], "", "a quota such as"),
        (["hash"], "two words\n", "a key of up to 512"),
        (["hash"], f"sha256:{'0' * 64}\n", "this is a hash already"),
        (["hash"], "", "a key of up to 512"),
    ],
)
def test_refusals(
    arguments: list[str],
    given: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    with pytest.raises(SystemExit):
        main(arguments)
    assert sentence in capsys.readouterr().err
