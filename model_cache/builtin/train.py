"""Train the built-in weights from generated pictures: `python -m model_cache.builtin.train`.

Writes, for each task, `shapes-TASK.onnx` (dynamic batch and size), `shapes-TASK.pt` (half precision),
their scores on 200 held-out pictures, the index of the store and half a dozen example pictures.
The detector is trained first; the others start from its weights. About an hour and a half on two cores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.update(YOLO_OFFLINE="1", YOLO_AUTOINSTALL="0", OMP_NUM_THREADS=str(os.cpu_count()))
os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp(prefix="yolo-config-"))

import torch
import yaml

from model_cache.builtin import WEIGHTS, card, dataset
from model_cache.engines import torchvision_ops

torchvision_ops.complete()

import ultralytics  # noqa: E402
from ultralytics import YOLO  # noqa: E402

HELD_OUT = 200
_TRAIN_SEED, _VAL_SEED = 26, 2026
_SCALE = [0.5, 0.1875, 256]  # depth, width, most channels: 0.39 million parameters for the detector
_PROTOTYPES = [16, 128]  # how many, and the channels they are made from: half of the stock ones
_SUFFIX = {"detect": "", "segment": "-seg", "pose": "-pose", "obb": "-obb", "classify": "-cls"}


@dataclass(frozen=True)
class Recipe:
    """How long one task trains, and on how many pictures."""

    pictures: int
    epochs: int
    rate: float


RECIPES = {
    "detect": Recipe(2000, 24, 0.004),
    "segment": Recipe(2000, 7, 0.002),
    "pose": Recipe(2000, 8, 0.002),
    "obb": Recipe(2000, 7, 0.002),
    "classify": Recipe(2000, 8, 0.003),
}


def _architecture(task: str, folder: Path) -> Path:
    """YOLO26 of our own scale, as a file that ultralytics reads; the 26n in its name picks the scale."""
    stock = Path(ultralytics.__file__).parent / "cfg" / "models" / "26" / f"yolo26{_SUFFIX[task]}.yaml"
    described: dict[str, Any] = yaml.safe_load(stock.read_text())
    described["scales"] = {"n": _SCALE}
    described["nc"] = len(dataset.names(task))
    if task == "pose":
        described["kpt_shape"] = [4, 3]
    if task == "segment":
        described["head"][-1][-1] = ["nc", *_PROTOTYPES]
    written = folder / f"yolo26n{_SUFFIX[task]}.yaml"
    written.write_text(yaml.safe_dump(described))
    return written


def _use_all_cores(_: object) -> None:
    torch.set_num_threads(os.cpu_count() or 1)  # ultralytics leaves one core idle


def fit(task: str, folder: Path, start: Path | None) -> None:
    """Train one task in `folder`, from the detector's weights if `start` names them."""
    recipe = RECIPES[task]
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    if not data.exists():
        dataset.write(task, data, "train", recipe.pictures, _TRAIN_SEED)
        dataset.write(task, data, "val", HELD_OUT, _VAL_SEED)
    model = YOLO(str(_architecture(task, folder)), task=task)
    if start:
        model.load(str(start))
    model.add_callback("on_train_epoch_start", _use_all_cores)
    model.train(
        data=str(dataset.describe(task, data)),
        **{"epochs": recipe.epochs, "lr0": recipe.rate, "optimizer": "AdamW", "cos_lr": True, "warmup_epochs": 0.5},
        **{"imgsz": dataset.SIZE, "batch": 16, "nbs": 16, "workers": 1, "cache": "ram", "device": "cpu"},
        **{"mosaic": 0.0, "scale": 0.3, "flipud": 0.5, "erasing": 0.0, "auto_augment": None},
        # A classifier's colours would be changed by Pillow, one picture after the other: the slowest step of all.
        **{"hsv_h": 0.0, "hsv_s": 0.0 if task == "classify" else 0.3, "hsv_v": 0.0 if task == "classify" else 0.3},
        **{"amp": False, "val": False, "plots": False, "project": str(folder), "name": "run", "exist_ok": True},
    )


def slim(checkpoint: Path, target: Path, task: str) -> None:
    """Keep of a checkpoint what prediction needs, in half precision, without the paths of this machine."""
    loaded = torch.load(checkpoint, map_location="cpu", weights_only=False)
    model = (loaded.get("ema") or loaded["model"]).half()
    for gone in ("criterion", "transforms"):
        if hasattr(model, gone):
            delattr(model, gone)
    if task not in ("detect", "classify"):
        model.model[-1].fuse()  # training's own branches would make the file half as large again
    kept = {key: loaded["train_args"][key] for key in ("task", "imgsz", "epochs", "batch")}
    model.args, model.pt_path = kept, target.name
    model.yaml["yaml_file"] = Path(model.yaml["yaml_file"]).name
    about = {key: loaded[key] for key in ("date", "version", "license", "docs") if key in loaded}
    torch.save({"model": model, "train_args": kept, **about}, target)


def score(weights: Path, task: str, data: Path) -> dict[str, float]:
    """ultralytics' own validation on the held-out pictures: its figures, by their usual names."""
    found = YOLO(str(weights), task=task).val(
        data=str(dataset.describe(task, data)), imgsz=dataset.SIZE, batch=16, device="cpu", workers=0, plots=False
    )
    if task == "classify":
        return {"top-1": round(float(found.top1), 4)}
    scores = {"box mAP50": round(float(found.box.map50), 4), "box mAP50-95": round(float(found.box.map), 4)}
    for kind, name in (("seg", "mask"), ("pose", "key point")):
        if hasattr(found, kind) and task != "detect":
            part = getattr(found, kind)
            scores |= {f"{name} mAP50": round(float(part.map50), 4), f"{name} mAP50-95": round(float(part.map), 4)}
    return scores


def finish(task: str, folder: Path) -> None:
    """Slim, export and score what was trained in `folder`."""
    weights = WEIGHTS / f"shapes-{task}.pt"
    slim(_checkpoint(folder), weights, task)
    YOLO(str(weights), task=task).export(format="onnx", dynamic=True, imgsz=dataset.SIZE, device="cpu")
    scores = score(weights, task, folder / "data")
    card.keep(weights.stem, scores, asdict(RECIPES[task]) | {"imgsz": dataset.SIZE, "held out": HELD_OUT})


def _checkpoint(folder: Path) -> Path:
    return folder / "run" / "weights" / "last.pt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=list(dataset.TASKS), choices=dataset.TASKS)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "shapes", help="for the pictures")
    parser.add_argument("--reuse", action="store_true", help="do not train again what was trained there")
    wanted = parser.parse_args()
    WEIGHTS.mkdir(exist_ok=True)
    for task in wanted.tasks:
        folder = wanted.work / task
        if not (wanted.reuse and _checkpoint(folder).exists()):
            fit(task, folder, _checkpoint(wanted.work / "detect") if task not in ("detect", "classify") else None)
        finish(task, folder)
    card.write_index()
    card.write_examples()


if __name__ == "__main__":
    main()
