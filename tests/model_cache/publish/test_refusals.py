"""What is not published: what disagrees, what is hostile, what is no model, what cannot be put there."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from time import monotonic

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.publish.__main__ import main
from tests.support import gcs

CHECKPOINT = WEIGHTS / "shapes-detect.pt"
GOOD = WEIGHTS / "shapes-detect.onnx"


def tampered(path: Path, strength: float) -> Path:
    """The built-in detector with the biases of its scores shifted."""
    model = onnx.load(str(GOOD))
    for weights in model.graph.initializer:
        if weights.dims == [5]:
            weights.CopyFrom(
                numpy_helper.from_array(numpy_helper.to_array(weights) + np.float32(strength), weights.name)
            )
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("strength", [0.3, -0.3, float("nan")])
def test_disagreeing_model_is_not_uploaded(
    strength: float, tmp_path: Path, bucket: gcs.FakeBucket, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tampered(tmp_path / "wrong.onnx", strength)
    told = [str(wrong), "gs://weights/helmets", "--against", str(CHECKPOINT), "--pictures", str(EXAMPLES)]
    assert main(told) == 1
    assert "wrong.onnx is not published: it does not say what its checkpoint says" in capsys.readouterr().err
    assert not bucket.objects
    assert not bucket.calls["upload"]


def test_agreeing_onnx_is_uploaded_as_it_is(bucket: gcs.FakeBucket, capsys: pytest.CaptureFixture[str]) -> None:
    told = [str(GOOD), "gs://weights/helmets", "--against", str(CHECKPOINT), "--pictures", str(EXAMPLES)]
    assert main(told) == 0
    assert "detections found" in capsys.readouterr().out
    assert GOOD.read_bytes() in [data for _, data in bucket.objects.values()]


class Hostile:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self._marker}",)


@pytest.mark.parametrize("legacy", [True, False])
def test_hostile_checkpoint_runs_nothing(legacy: bool, tmp_path: Path) -> None:
    marker, path = tmp_path / "ran", tmp_path / "best.pt"
    if legacy:
        path.write_bytes(pickle.dumps(Hostile(marker), protocol=2))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("best/data.pkl", pickle.dumps(Hostile(marker), protocol=2))
            archive.writestr("best/version", "3\n")
            archive.writestr("best/byteorder", "little")
    store = tmp_path / "store"
    command = [sys.executable, "-m", "model_cache.publish", str(path), str(store / "helmets")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == "best.pt: The model's file is not a checkpoint that can be opened safely.\n"
    assert not done.stdout
    assert not marker.exists()
    assert not store.exists()


def test_terminated_leaves_no_checkpoint_behind(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "model_cache.publish", str(CHECKPOINT), str(tmp_path / "helmets")]
    environment = os.environ | {"TMPDIR": str(temporary)}
    running = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    until = monotonic() + 60
    while not list(temporary.glob("yolo-endpoint-publish-*/checkpoint.pt")) and monotonic() < until:
        assert running.poll() is None
    running.terminate()
    assert running.communicate(timeout=60)[1].endswith("Stopped; what was not yet in models.json is not served.\n")
    assert running.returncode == 1
    assert not list(temporary.glob("yolo-endpoint-publish-*"))


def test_wrong_files_are_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "best.onnx"
    text.write_text("no model")
    (tmp_path / "empty").mkdir()
    store, blocked = str(tmp_path / "store" / "helmets"), tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "coco").write_text("no folder")
    for words, said in (
        ([str(text), store], "best.onnx: The model's file is not a readable ONNX model."),
        ([str(text), str(blocked), "--id", "coco/3"], f"Nothing can be written in {blocked}/coco: Not a directory."),
        ([str(text), f"{text}/helmets"], f"{text}/models.json cannot be read or written: Not a directory."),
        ([str(tmp_path / "none.pt"), store], f"There is no file {tmp_path}/none.pt."),
        ([str(EXAMPLES / "one.jpg"), store], f"{EXAMPLES}/one.jpg is neither a .pt nor an .onnx."),
        ([str(tmp_path / "empty"), store], f"There is no .pt and no .onnx in {tmp_path}/empty."),
        ([str(GOOD), str(tmp_path / "a" / "b" / "c")], f"There is no folder {tmp_path}/a."),
        (
            [str(GOOD), "ftp://there/models/x"],
            "Models are published to a folder's path or to what begins with one of file://, gs://, s3://.",
        ),
        ([str(GOOD), "helmets/"], None),
        (
            [str(GOOD), f"{store}/../x y"],
            '"x y" cannot be a model\'s id: letters, digits, ".", "_", "-", and "/" between them.',
        ),
        ([str(GOOD), store, "--pictures", str(tmp_path / "empty")], None),
        (["verify", str(tmp_path / "a" / "b")], f"There is no folder {tmp_path}/a."),
    ):
        assert main(words) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert said is None or err == f"{said}\n"
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--precision", "int8"],
        ["--tolerance", "0.5"],
        ["--imgsz", "100"],
        ["--precision", "f8"],
        ["--pt", "--precision", "f16"],
        ["--against", "best.pt"],
    ],
)
def test_senseless_command_lines_end_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(CHECKPOINT), "store/helmets", *words])
    assert stopped.value.code == 2


def test_bucket_that_refuses_or_is_missing(bucket: gcs.FakeBucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOOD), "gs://elsewhere/models/helmets"]) == 1
    assert capsys.readouterr().err == "There is no bucket elsewhere.\n"
    bucket.always["upload"] = gcs.Fault(status=403)
    assert main([str(GOOD), "gs://weights/helmets"]) == 1
    assert capsys.readouterr().err.startswith("You have no permission for that in the bucket weights")


def test_taken_names_and_stores_in_stores(bucket: gcs.FakeBucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOOD), "gs://weights/models", "--id", "coco/3", "--alias", "helmets"]) == 0
    assert main([str(GOOD), "gs://weights/models/helmets"]) == 1
    assert 'is a name of the model "coco/3"' in capsys.readouterr().err
    assert main([str(GOOD), "gs://weights/models/coco/4"]) == 1
    assert capsys.readouterr().err == "gs://weights/models is a store already: publish to it with --id coco/4.\n"
