"""The weights that are measured with: a YOLO of the yaml's size with random numbers in it, as .pt and .onnx.

Their time, size and output shapes are those of the trained weights, which need not be downloaded. The classes'
biases are raised so far that a plain picture has some detections, as a trained model would find.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from model_cache.engines import torchvision_ops

PICTURE = "bus.jpg"  # 810 x 1080, of ultralytics' own examples
IMGSZ = 640
_CONF = 0.25
_DETECTIONS = 12  # before suppression, of the picture


def make(folder: Path, name: str = "yolo26n") -> None:
    """Write NAME.pt, NAME.onnx and the picture into the folder, unless they are there."""
    if (folder / f"{name}.onnx").exists():
        return
    torchvision_ops.complete()
    import torch
    from ultralytics import YOLO
    from ultralytics.utils import ASSETS

    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ASSETS / "bus.jpg", folder / PICTURE)
    torch.manual_seed(0)
    model = YOLO(f"{name}.yaml")
    _settle(model.model, folder / PICTURE)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        model.save(os.path.join(scratch, f"{name}.pt"))
        YOLO(os.path.join(scratch, f"{name}.pt")).export(format="onnx", imgsz=IMGSZ, dynamic=True)
        for suffix in (".pt", ".onnx"):  # last the one that says that all is there
            os.replace(os.path.join(scratch, name + suffix), folder / (name + suffix))


def entry(path: Path) -> dict[str, Any]:
    """What models.json says of a file."""
    data = path.read_bytes()
    return {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def index(*paths: Path) -> bytes:
    return json.dumps({"models": {path.stem: entry(path) for path in paths}}).encode()


def _settle(network: Any, picture: Path) -> None:
    """Make the random network answer a plain picture with a dozen detections.

    Its normalisations are fitted to the picture, lest all anchors answer alike; then the classes' biases are
    raised until the best anchors pass the threshold.
    """
    import cv2
    import torch

    from model_cache.letterbox import Letterbox, to_tensor

    frame: Any = cv2.imread(str(picture))
    tensor = torch.from_numpy(to_tensor(Letterbox.fit(frame.shape[:2], (IMGSZ, IMGSZ), 32).apply(frame)))
    head = network.model[-1]
    with torch.inference_mode():
        network.train()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 1.0
        network(tensor)
        network.eval()
        head.end2end = False
        outputs = network(tensor)
        scores = (outputs[0] if isinstance(outputs, tuple) else outputs)[0, 4:].amax(0)
        # Half-way to the next best, so that no server's rounding makes one more or less of it.
        lift = torch.logit(torch.tensor(_CONF)) - torch.logit(scores.topk(_DETECTIONS + 1).values[-2:]).mean()
    for layers in (head.cv3, getattr(head, "one2one_cv3", ())):
        for layer in layers or ():
            layer[-1].bias.data += lift
