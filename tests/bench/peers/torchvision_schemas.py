"""PyPI's torchvision beside the CPU build of torch: its compiled operators do not fit, and its import fails.

Told apart by their versions, so that nothing is imported twice: no peer starts slower for it.
"""

from __future__ import annotations

from importlib.metadata import version


def define() -> None:
    """Give torchvision a `nms` of ultralytics' own, before it is imported, where its compiled one cannot load."""
    if "+" not in version("torch") or "+" in version("torchvision"):
        return
    import torch

    schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    for operator in ("nms", "qnms"):
        torch.library.define(f"torchvision::{operator}", schema)

    @torch.library.impl("torchvision::nms", "CPU")
    def nms(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
        from ultralytics.utils.nms import TorchNMS

        return TorchNMS.nms(dets, scores, iou_threshold)

    import torchvision.extension

    torchvision.extension._has_ops = lambda: True
