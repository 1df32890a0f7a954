"""Every kind of file that ultralytics writes opens and answers the same; every other is refused."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.update(YOLO_OFFLINE="1", YOLO_AUTOINSTALL="0")

import torch
from ultralytics import YOLO

from model_cache.builtin import WEIGHTS
from model_cache.engines import open_engine, torchvision_ops
from model_cache.errors import InvalidOptions, ModelUnusable
from model_cache.execution import Execution
from model_cache.manifest import parse
from model_cache.model import open_model
from model_cache.prediction import TASKS, Options
from tests.model_cache.parity import Worst, frames


@pytest.fixture(scope="module", autouse=True)
def _torchvision() -> None:
    torchvision_ops.complete()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("exports") / "shapes-detect.pt"
    copy.write_bytes((WEIGHTS / copy.name).read_bytes())
    return copy


def export(checkpoint: Path, **arguments: Any) -> Path:
    return Path(YOLO(str(checkpoint)).export(format="onnx", device="cpu", verbose=False, **arguments))


exports = pytest.mark.filterwarnings("ignore")  # what torch's exporter says of itself


@exports
@pytest.mark.parametrize(
    "arguments",
    [
        {"dynamic": True, "imgsz": 256, "nms": False},
        {"dynamic": False, "imgsz": 320},
        {"dynamic": False, "imgsz": [192, 320], "nms": False},
        {"dynamic": False, "imgsz": 256, "batch": 3},
        {"dynamic": True, "imgsz": 256, "nms": True, "conf": 0.25, "iou": 0.7},
    ],
    ids=["end to end", "fixed size", "end to end, fixed oblong", "fixed batch", "suppression inside"],
)
def test_export_answers_as_in_ultralytics(checkpoint: Path, arguments: dict[str, Any]) -> None:
    exported = export(checkpoint, **arguments)
    ours, theirs = open_model(exported), YOLO(str(exported), task="detect")
    worst = Worst()
    for name, frame in frames("detect", 6):
        # Unlike ours and unlike a .pt, a dynamic export forgets in ultralytics what size it was trained at.
        expected = theirs.predict(frame, imgsz=arguments["imgsz"], verbose=False)[0]
        worst.compare(name, ours.predict(frame, Options()), expected)
    assert worst.detections >= 6
    assert not worst.other
    assert worst.box < 0.01
    assert worst.confidence < 1e-4


@exports
def test_half_precision_export_answers_nearly_the_same(checkpoint: Path) -> None:
    whole, half = open_model(WEIGHTS / "shapes-detect.onnx"), open_model(export(checkpoint, quantize=16, dynamic=True))
    frame = next(frames("detect", 1))[1]
    expected, found = (model.predict(frame, Options(imgsz=256)) for model in (whole, half))
    assert np.array_equal(found.classes, expected.classes)
    assert np.abs(found.boxes - expected.boxes).max() < 1


def test_classifier_with_pickled_transforms_opens(tmp_path: Path) -> None:
    from torchvision import transforms

    saved = torch.load(WEIGHTS / "shapes-classify.pt", weights_only=False)
    steps = [transforms.Resize(256), transforms.CenterCrop(256), transforms.ToTensor(), transforms.Normalize(0, 1)]
    saved["model"].transforms = transforms.Compose(steps)
    torch.save(saved, tmp_path / "trained.pt")
    frame = next(frames("classify", 1))[1]
    with_them = open_model(tmp_path / "trained.pt").predict(frame, Options()).probabilities
    without = open_model(WEIGHTS / "shapes-classify.pt").predict(frame, Options()).probabilities
    assert with_them is not None
    assert without is not None
    assert np.array_equal(with_them, without)


@pytest.mark.parametrize("task", TASKS)
def test_more_threads_give_the_same_bits(task: str) -> None:
    path = WEIGHTS / f"shapes-{task}.onnx"
    tensor = np.random.default_rng(5).random((1, 3, 256, 320), np.float32)
    alone = open_engine(path, Execution(threads=1)).run(tensor)
    for threads in (2, 3, 4):
        together = open_engine(path, Execution(threads=threads)).run(tensor)
        assert all(np.array_equal(ours, expected) for ours, expected in zip(together, alone, strict=True))


@pytest.mark.parametrize("suffix", [".onnx", ".pt"])
def test_threads_do_not_mix_sizes_or_options(suffix: str) -> None:
    model = open_model(WEIGHTS / f"shapes-detect{suffix}")
    asked = [
        (frame, Options(conf=conf, imgsz=imgsz))
        for (_, frame), conf, imgsz in zip(
            frames("detect", 6), (0.05, 0.3, 0.6) * 3, (160, 320, 256, 512) * 2, strict=False
        )
    ]
    alone = [model.predict(*one) for one in asked]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            for together, expected in zip(pool.map(lambda one: model.predict(*one), asked), alone, strict=True):
                assert np.array_equal(together.classes, expected.classes)
                assert np.allclose(together.boxes, expected.boxes, atol=0.01)


@pytest.mark.parametrize("task", TASKS)
def test_index_says_what_the_file_says(task: str) -> None:
    entry = parse((WEIGHTS / "models.json").read_bytes()).resolve(f"shapes-{task}")
    said = open_model(WEIGHTS / entry.file).metadata
    assert (entry.task, entry.names, entry.imgsz) == (task, said.names, said.imgsz[0])


def test_options_choose_the_detections() -> None:
    model = open_model(WEIGHTS / "shapes-detect.onnx")
    for _, frame in frames("detect", 10):
        every = model.predict(frame, Options(conf=0.05))
        if len(set(every.classes.tolist())) > 1:
            break
    wanted = int(every.classes[0])
    only = model.predict(frame, Options(conf=0.05, classes=(wanted,)))
    assert set(only.classes.tolist()) == {wanted}
    assert len(only) == int((every.classes == wanted).sum())
    assert len(model.predict(frame, Options(conf=0.05, max_det=1))) == 1
    assert (model.predict(frame, Options(conf=0.5)).confidences > 0.5).all()
    assert len(model.predict(frame, Options(conf=0.05, iou=0.01, agnostic=True))) <= len(every)
    with pytest.raises(InvalidOptions, match="class 99"):
        model.predict(frame, Options(classes=(99,)))


def _code_runner(path: Path, proof: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {proof}",)

    torch.save({"model": Evil()}, path)


def _bare_pickle(path: Path, proof: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {proof}",)

    path.write_bytes(pickle.dumps(Evil()))


def _unknown_module(path: Path, _: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02cnot_a_module_of_anyones\nThing\n)R.")
        archive.writestr("archive/version", b"3\n")


@pytest.mark.parametrize("write", [_code_runner, _bare_pickle, _unknown_module], ids=lambda write: write.__name__)
def test_hostile_checkpoint_is_refused_and_not_run(write: Any, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    write(tmp_path / "hostile.pt", proof)
    with pytest.raises(ModelUnusable):
        open_model(tmp_path / "hostile.pt")
    assert not proof.exists()


@pytest.mark.parametrize("suffix", [".onnx", ".pt"])
@pytest.mark.parametrize("damage", ["empty", "half", "text", "other"])
def test_damaged_file_is_refused(suffix: str, damage: str, tmp_path: Path) -> None:
    whole = (WEIGHTS / f"shapes-detect{suffix}").read_bytes()
    other = (WEIGHTS / f"shapes-detect{'.pt' if suffix == '.onnx' else '.onnx'}").read_bytes()
    contents = {"empty": b"", "half": whole[: len(whole) // 2], "text": b"<html>Not found</html>", "other": other}
    damaged = tmp_path / f"damaged{suffix}"
    damaged.write_bytes(contents[damage])
    with pytest.raises(ModelUnusable) as raised:
        open_model(damaged)
    assert str(tmp_path) not in str(raised.value)


def test_missing_checkpoint_is_refused_without_a_download(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="missing"):
        open_model(tmp_path / "yolo26n.pt")


def test_checkpoint_without_torch_is_refused_with_a_sentence() -> None:
    code = """
import sys
sys.modules["torch"] = None
from model_cache.builtin import WEIGHTS
from model_cache.errors import ModelUnusable
from model_cache.model import open_model
try:
    open_model(WEIGHTS / "shapes-detect.pt")
except ModelUnusable as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ".pt files need torch, which is not installed here.\n"


def test_onnx_path_imports_no_torch() -> None:
    code = """
import json, sys
import numpy as np
from pathlib import Path
from model_cache.builtin import WEIGHTS
from model_cache.model import open_model
from model_cache.prediction import TASKS, Options
for task in TASKS:
    open_model(WEIGHTS / f"shapes-{task}.onnx").predict(np.zeros((90, 120, 3), np.uint8), Options())
print(json.dumps([name for name in ("torch", "torchvision", "ultralytics", "onnx") if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
