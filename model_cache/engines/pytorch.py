"""ultralytics and torch: a .pt checkpoint as it came from training, on the GPU if there is one.

The checkpoint is opened by ultralytics in its safe mode, which builds known classes only and runs no
code from the file. The network is then called directly: `Model.predict` of ultralytics changes
arguments that all its callers share.
"""

from __future__ import annotations

import copy
import os
import tempfile
import threading
from itertools import chain
from pathlib import Path
from typing import Any

# ultralytics reads these when it is imported: it must neither run code from a checkpoint, nor install
# what one names, nor call out, nor write into the home folder of a read-only machine.
os.environ.update(ULTRALYTICS_SAFE_LOAD="1", YOLO_AUTOINSTALL="0", YOLO_OFFLINE="1", YOLO_VERBOSE="0")
os.environ.setdefault("YOLO_CONFIG_DIR", os.path.join(tempfile.gettempdir(), "yolo-endpoint-ultralytics"))

import torch
from ultralytics.nn import tasks

from model_cache import metadata
from model_cache.engines import torchvision_ops
from model_cache.errors import ModelUnusable
from model_cache.execution import Execution
from model_cache.prediction import Floats

tasks.SAFE_LOAD = True  # also where ultralytics had been imported before
# Where torch is too old to check a checkpoint, ultralytics would open it unsafely without a word.
if not tasks._SafeLoad.SUPPORTED:
    raise ImportError(name="torch 2.6 or newer")


class TorchEngine:
    batches = True

    def __init__(self, path: Path, execution: Execution) -> None:
        torch.set_num_threads(execution.threads or 1)
        network, checkpoint = _load(path)
        self.gpu = torch.cuda.is_available()
        self._device = torch.device("cuda:0" if self.gpu else "cpu")
        # A GPU's own half precision has the range for the whole network, as ultralytics uses it. On processors only
        # the convolutions are fast in theirs, and box coordinates would lose whole pixels to it.
        self._type = torch.float16 if execution.half and self.gpu else torch.float32
        self._bfloat = execution.half and not self.gpu
        if getattr(network, "end2end", False):
            network.end2end = False  # the dense head is what ultralytics predicts with unless told otherwise
        network = network.fuse(verbose=False).eval().to(self._device, self._type)
        if self.gpu or self._bfloat:
            network = network.to(memory_format=torch.channels_last)
        self._network = network.requires_grad_(False)
        self._own = threading.local()
        self.metadata = metadata.read(
            {
                "task": network.task,
                "names": network.names,
                "stride": int(network.stride.max()),
                "imgsz": checkpoint.get("train_args", {}).get("imgsz", 640),
                "kpt_shape": getattr(network, "kpt_shape", None),
                "channels": network.yaml.get("channels", 3),
                "end2end": getattr(network, "end2end", False),  # a head that was fused away cannot be chosen
            }
        )
        self.nbytes = sum(tensor.nbytes for tensor in network.state_dict().values())

    def run(self, tensor: Floats) -> list[Floats]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat):
            outputs = self._replica()(torch.from_numpy(tensor).to(self._device, self._type))
            return [part.float().cpu().numpy() for part in _tensors(outputs)]

    def _replica(self) -> Any:
        """The modules of one thread alone, over the weights of all.

        A head remembers the anchors of the last picture's size: two threads cannot share one.
        """
        if not hasattr(self._own, "network"):
            weights = chain(self._network.parameters(), self._network.buffers())
            self._own.network = copy.deepcopy(self._network, {id(tensor): tensor for tensor in weights})
        return self._own.network


def _tensors(outputs: Any) -> list[torch.Tensor]:
    """Of the nested tuples that the heads answer, the predictions and, of a segmenter, the prototypes."""
    first = outputs[0] if isinstance(outputs, (tuple, list)) else outputs
    return [first] if isinstance(first, torch.Tensor) else list(first)


def _load(path: Path) -> tuple[Any, dict[str, Any]]:
    try:
        return tasks.load_checkpoint(path)  # type: ignore[no-any-return]
    except RuntimeError as error:
        # A classifier may carry torchvision's transforms, and torchvision may not fit this build of torch.
        if "torchvision" not in str(error):
            raise
        torchvision_ops.complete()
        return tasks.load_checkpoint(path)  # type: ignore[no-any-return]


def open_engine(path: Path, execution: Execution) -> TorchEngine:
    """Open a .pt checkpoint of ultralytics' YOLO family."""
    if not path.is_file():  # ultralytics would look for its name among its releases, and download it
        raise ModelUnusable("The model's file is missing.")
    try:
        return TorchEngine(path, execution)
    except ModelUnusable:
        raise
    except Exception as error:  # whatever a foreign checkpoint does not fit
        raise ModelUnusable("The model's file is not a checkpoint that can be opened safely.") from error
