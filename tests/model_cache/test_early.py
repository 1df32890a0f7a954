"""The store that a child process asks ahead: what it hands over, once, and what happens where it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from model_cache.stores.early import EarlyStore
from model_cache.stores.gcs import GcsStore
from tests.support.caches import described, weights
from tests.support.gcs import FakeBucket, Fault
from tests.support.server import ROOT

ONE, TWO = weights("one"), weights("two")
# fetch_early forks, which a process with threads, as this one has, must not.
_SCRIPT = """
import json, os, sys
from pathlib import Path
from model_cache.disk import Disk
from model_cache.errors import ModelCacheError
from model_cache.manifest import ModelEntry
from model_cache.stores.early import fetch_early
folder = Path(sys.argv[1])
store = fetch_early("gs://weights", folder, 10**9, sys.argv[2] or None)
os.waitpid(store._pid, 0)
def tell(call):
    try:
        return call()
    except ModelCacheError as error:
        return str(error)
def obtain():
    placed = Disk(store, folder, 10**9).obtain(entry)
    return [placed.version, placed.path.read_bytes().decode()]
said = []
manifest = tell(store.manifest)
said.append(manifest if isinstance(manifest, str) else [entry.id for entry in manifest.entries])
entry = ModelEntry("a", "a.onnx") if isinstance(manifest, str) else manifest.resolve("a")
said.append(tell(obtain))
said.append(sorted(path.name for path in folder.glob("*.part")))
said.append(sorted(name for name in ("google.cloud.storage", "urllib3") if name in sys.modules))
print(json.dumps(said))
"""


@pytest.fixture
def ask(bucket: FakeBucket, tmp_path: Path) -> Callable[[str], list[object]]:
    """What a process gets of its early store after the child has ended."""

    def run(default: str = "a") -> list[object]:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(tmp_path / "cache"), default],
            cwd=ROOT,
            env=os.environ | {"STORAGE_EMULATOR_HOST": bucket.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said: list[object] = json.loads(done.stdout)
        return said

    return run


@pytest.mark.parametrize("indexed", [True, False])
def test_what_the_child_fetched_is_not_asked_for_again(
    indexed: bool, bucket: FakeBucket, ask: Callable[[str], list[object]]
) -> None:
    bucket.put("a.onnx", ONE)
    if indexed:
        bucket.put_index({"a": described(ONE, file="a.onnx")})
    generation = str(bucket.objects["a.onnx"][0])
    assert ask("a") == [["a"], [generation, ONE.decode()], [], []]
    assert (bucket.calls["index"], bucket.calls["metadata"], bucket.calls["media"]) == (1, 1, 1)


def test_the_only_model_is_fetched_where_none_is_named(bucket: FakeBucket, ask: Callable[[str], list[object]]) -> None:
    bucket.put("a.onnx", ONE)
    bucket.put_index({"a": {"file": "a.onnx"}})
    ask("")
    assert bucket.calls["media"] == 1


def test_another_model_than_the_default_comes_from_the_store(
    bucket: FakeBucket, ask: Callable[[str], list[object]]
) -> None:
    bucket.put("a.onnx", ONE)
    bucket.put("b.onnx", TWO)
    bucket.put_index({name: {"file": f"{name}.onnx"} for name in "ab"})
    said = ask("b")
    assert said[1] == [str(bucket.objects["a.onnx"][0]), ONE.decode()]
    assert bucket.calls["media"] == 2


def test_what_went_wrong_is_handed_over_and_not_tried_again_at_once(
    bucket: FakeBucket, ask: Callable[[str], list[object]]
) -> None:
    bucket.put("a.onnx", ONE)
    bucket.put_index({"a": described(TWO, file="a.onnx")})
    said = ask("a")
    assert said[1] == 'The file of the model "a" has not the sha256 that models.json gives.'
    assert bucket.calls["media"] == 1
    bucket.always["index"] = Fault(403)
    assert ask("a")[0] == "The model store refuses access."


def test_killed_child_leaves_it_to_the_store(bucket: FakeBucket, tmp_path: Path) -> None:
    bucket.put("a.onnx", ONE)
    bucket.put_index({"a": {"file": "a.onnx"}})
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=subprocess.PIPE)
    assert sleeper.stdout is not None
    store = EarlyStore(GcsStore("weights", ""), sleeper.pid, sleeper.stdout)  # type: ignore[arg-type]
    sleeper.send_signal(signal.SIGKILL)
    entry = store.manifest().resolve("a")
    assert store.fetch(entry, tmp_path / "a.part").path.read_bytes() == ONE
    assert store.version(entry) == str(bucket.objects["a.onnx"][0])
    sleeper.wait()


def test_early_answers_are_given_once(bucket: FakeBucket, ask: Callable[[str], list[object]]) -> None:
    """A second process of the same folder takes the file that the first left, if its sha256 is right."""
    bucket.put("a.onnx", ONE)
    bucket.put_index({"a": described(ONE, file="a.onnx")})
    assert ask("a") == ask("a")
    assert bucket.calls["media"] == 1
