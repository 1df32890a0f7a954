"""models.json under several hands at once, and files that nobody names any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_cache.builtin import WEIGHTS
from model_cache.manifest import parse
from model_cache.publish import index
from model_cache.publish.__main__ import main
from model_cache.publish.destinations import DESTINATIONS, open_destination
from model_cache.publish.errors import PublishError
from model_cache.stores import STORES
from tests.support import gcs, s3

GOOD = WEIGHTS / "shapes-detect.onnx"
WRITERS = 8


@pytest.fixture(params=["local", "gs", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind."""
    if request.param == "local":
        return str(tmp_path)
    request.getfixturevalue({"gs": "bucket", "s3": "s3_bucket"}[request.param])
    return f"{request.param}://weights/models"


def test_published_listed_verified_removed(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main([str(GOOD), url, "--id", "coco/3"]) == 0
    assert main(["list", url]) == 0
    assert main(["verify", url]) == 0
    assert "coco/3  as it should be" in capsys.readouterr().out
    assert main(["remove", url, "--id", "coco/3"]) == 0
    assert [kept.name for kept in open_destination(url).files()] == ["models.json"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_store_given_as_a_models_place(slash: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not taken for a model of the folder above, where a store would be begun around it."""
    assert main([str(GOOD), f"{url}/helmets"]) == 0
    assert main([str(GOOD), f"{url}{slash}"]) == 1
    assert capsys.readouterr().err == f"{url} is a store: publish to {url}/ID, or to it with --id ID.\n"
    assert open_destination(url.rpartition("/")[0]).read("models.json")[0] is None


def test_verify_finds_no_store(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", f"{url}/mistyped"]) == 1
    assert capsys.readouterr().out == f"There are no models in {url}/mistyped.\n"


def test_all_of_several_writers_are_in_it(url: str) -> None:

    def write(number: int) -> None:
        for turn in range(3):
            index.put(open_destination(url), f"model-{number}", {"file": f"{number}-{turn}.onnx"}, None)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    manifest, _ = index.read(open_destination(url))
    assert {entry.id: entry.file for entry in manifest.entries} == {
        f"model-{number}": f"{number}-2.onnx" for number in range(WRITERS)
    }


def test_two_publishers_of_one_alias(url: str) -> None:
    """Both had found it free before they began their work."""
    destination = open_destination(url)
    index.put(destination, "coco/3", {"file": "3.onnx"}, ("helmets",))
    for id_, aliases in (("coco/4", ("helmets",)), ("helmets", None), ("coco/4", ("coco/3",))):
        with pytest.raises(PublishError, match=f'^"(helmets|coco/3)" is a name of the model "coco/3" in {url}\\.$'):
            index.put(destination, id_, {"file": "4.onnx"}, aliases)
    assert set(index.read(destination)[1]) == {"coco/3"}


def test_remove_by_an_alias(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(tmp_path)
    index.put(open_destination(store), "coco/3", {"file": "3.onnx"}, ("helmets",))
    assert main(["remove", f"{store}/helmets"]) == 1
    assert capsys.readouterr().err == f'"helmets" is a name of the model "coco/3" in {store}: remove that.\n'


def test_two_publishers_at_once(tmp_path: Path) -> None:
    ids = ("helmets", "vests")
    command = [sys.executable, "-m", "model_cache.publish", str(GOOD)]
    running = [subprocess.Popen([*command, str(tmp_path / id_)], stdout=subprocess.DEVNULL) for id_ in ids]
    assert [process.wait(60) for process in running] == [0, 0]
    assert {entry.id for entry in parse((tmp_path / "models.json").read_bytes()).entries} == set(ids)


def test_what_others_say_stays(tmp_path: Path) -> None:
    said = {"made by": "hand", "models": {"old": {"file": "old.onnx", "note": "keep"}}}
    (tmp_path / "models.json").write_text(json.dumps(said))
    assert main([str(GOOD), str(tmp_path / "helmets")]) == 0
    now = json.loads((tmp_path / "models.json").read_text())
    assert now["made by"] == "hand"
    assert now["models"]["old"] == said["models"]["old"]  # type: ignore[index]


def test_first_index_takes_in_what_was_served_by_name(tmp_path: Path) -> None:
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / "3.onnx").write_bytes(GOOD.read_bytes())
    assert main([str(GOOD), str(tmp_path), "--id", "helmets"]) == 0
    assert {entry.id for entry in index.read(open_destination(str(tmp_path)))[0].entries} == {"coco/3", "helmets"}


def test_malformed_index_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "models.json").write_text("{")
    assert main([str(GOOD), str(tmp_path / "helmets")]) == 1
    assert capsys.readouterr().err == "The store's models.json is not valid JSON.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["models.json"]


def test_replaced_files_stay_until_pruned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = WEIGHTS / "shapes-obb.onnx"
    place, own = str(tmp_path / "helmets"), tmp_path / "mine.onnx"
    own.write_bytes(b"not ours to delete")
    for source in (GOOD, other):
        assert main([str(source), place]) == 0
    old, new = sorted(tmp_path.glob("helmets-*.onnx"), key=lambda path: path.stat().st_mtime)
    assert main(["prune", str(tmp_path)]) == 0
    assert old.exists(), "its publisher may not have come to the index yet"
    hour_ago = time.time() - 4000
    os.utime(old, (hour_ago, hour_ago))
    assert main(["prune", str(tmp_path)]) == 0
    assert not old.exists()
    assert main([str(GOOD), place, "--prune"]) == 0
    assert not new.exists()
    assert own.exists()
    assert "1 files are deleted." in capsys.readouterr().out


def test_parts_of_killed_uploads_are_pruned_after_a_day(tmp_path: Path) -> None:
    (tmp_path / "coco").mkdir()
    left = [tmp_path / "coco" / ".3-0123456789ab.onnx-0a1b2c3d.part", tmp_path / ".models.json-0a1b2c3d.part"]
    own = [tmp_path / "mine.part", tmp_path / ".mine-0a1b2c3d.part"]
    for age, kept in ((80_000, [*left, *own]), (90_000, own)):
        for path in [*left, *own]:
            path.touch()
            os.utime(path, (time.time() - age,) * 2)
        assert main(["prune", str(tmp_path)]) == 0
        assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in left)


def test_what_can_be_read_can_be_written() -> None:
    assert set(DESTINATIONS) == set(STORES)


def test_bucket_of_s3_that_refuses_or_is_missing(s3_bucket: s3.FakeS3, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOOD), "s3://elsewhere/models/helmets"]) == 1
    assert capsys.readouterr().err == "There is no bucket elsewhere.\n"
    s3_bucket.always["other"] = gcs.Fault(status=403)
    assert main([str(GOOD), "s3://weights/helmets"]) == 1
    assert capsys.readouterr().err == "You have no permission for that in the bucket weights.\n"
    s3_bucket.always.clear()  # or the bucket could not be emptied for the next test


def test_upload_in_pieces(bucket: gcs.FakeBucket, tmp_path: Path) -> None:
    """Beyond 8 MB the client uploads in a session."""
    large = tmp_path / "large"
    sent: list[int] = []
    large.write_bytes(os.urandom(9 * 2**20))
    destination = open_destination("gs://weights/models")
    generation = destination.put(large, "large-0123456789ab.onnx", sent.append)
    assert bucket.objects["models/large-0123456789ab.onnx"] == (int(generation or 0), large.read_bytes())
    assert sum(sent) == large.stat().st_size
    assert destination.put(large, "large-0123456789ab.onnx", sent.append) == generation
