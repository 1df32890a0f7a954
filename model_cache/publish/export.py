"""A checkpoint to an .onnx file. In: a .pt that was opened safely before. Out: an .onnx of any batch and size.

ultralytics writes its export beside the checkpoint and says in it where on this machine the training data were: so a
copy is exported, in a folder of ours, and what was said of this machine is taken out.
"""

from __future__ import annotations

import ast
import shutil
import warnings
from pathlib import Path
from typing import Any

from model_cache.publish.errors import PublishError

_SAID = ("task", "names", "stride", "imgsz", "batch", "channels", "end2end", "kpt_shape", "kpt_names", "head")
_ABOUT = ("author", "license", "docs", "version")  # without the date: the same checkpoint gives the same file


def export(yolo: Any, imgsz: int) -> Path:
    """yolo: ultralytics' YOLO of a `copy`; the .onnx lies beside it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch's exporter says of itself
            # Dynamic, so that a picture is padded to whole strides and no further, as it is with the checkpoint.
            written = yolo.export(format="onnx", dynamic=True, imgsz=imgsz, device="cpu", simplify=False, verbose=False)
    except Exception as error:
        raise PublishError(f"ultralytics cannot export the checkpoint: {_first_line(error)}") from error
    exported = Path(written)
    _anonymise(exported)
    return exported


def copy(checkpoint: Path, folder: Path) -> Path:
    """A copy that may be exported beside."""
    target = folder / "checkpoint.pt"
    shutil.copyfile(checkpoint, target)
    return target


def _anonymise(path: Path) -> None:
    import onnx

    model = onnx.load(str(path))
    said = {prop.key: prop.value for prop in model.metadata_props if prop.key in (*_SAID, *_ABOUT, "args")}
    if "args" in said:
        args = ast.literal_eval(said["args"])
        said["args"] = str({key: value for key, value in args.items() if key in ("nms", "dynamic", "batch")})
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, said)
    onnx.save(model, str(path))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
