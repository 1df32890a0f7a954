"""Lets torchvision import beside a build of torch that its compiled operators do not fit.

ultralytics' trainer, validator and classify predictor import torchvision for its transforms and its
non-maximum suppression. With the CPU build of torch and PyPI's torchvision, the import fails because
the operators' schemas are missing. Training and tests call `complete()` first; serving needs none of it.
"""

from __future__ import annotations


def complete() -> None:
    """Give torchvision a CPU `nms` where its compiled one cannot be loaded; change nothing where it can."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        _define()


def _define() -> None:
    import sys

    import torch.library

    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]  # the half-imported package
    schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    for operator in ("nms", "qnms"):
        torch.library.define(f"torchvision::{operator}", schema)

    @torch.library.impl("torchvision::nms", "CPU")
    def nms(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
        from ultralytics.utils.nms import TorchNMS

        kept: torch.Tensor = TorchNMS.nms(dets, scores, iou_threshold)
        return kept

    import torchvision.extension

    torchvision.extension._has_ops = lambda: True
