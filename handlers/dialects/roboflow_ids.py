"""The ids of Roboflow's clients and the names of our store: which of them stand for the same weights.

The vendor's clients know the public models by aliases (`yolov8n-640`), which they replace by a dataset and a
version (`coco/3`) before they send them. Here they are the weights of the usual name (`yolov8n`).
"""

from __future__ import annotations

from collections.abc import Iterator

_DETECT, _SEGMENT, _POSE = "coco", "coco-dataset-vdnr1", "coco-pose-detection"

# Spellings of a model, {} its size; pixels; dataset; the version of each size. From inference_sdk 1.8.3.
_ROWS: tuple[tuple[tuple[str, ...], int, str, dict[str, int]], ...] = (
    (("yolov8{}",), 640, _DETECT, {"n": 3, "s": 6, "m": 8, "l": 7, "x": 5}),
    (("yolov8{}",), 1280, _DETECT, {"n": 9, "s": 10, "m": 11, "l": 12, "x": 13}),
    (("yolov8{}-seg",), 640, _SEGMENT, {"n": 2, "s": 4, "m": 5, "l": 6, "x": 3}),
    (("yolov8{}-seg",), 1280, _SEGMENT, {"n": 7, "s": 8, "m": 9, "l": 10, "x": 11}),
    (("yolov8{}-pose",), 640, _POSE, {"n": 1, "s": 2, "m": 3, "l": 4, "x": 5}),
    (("yolov8{}-pose",), 1280, _POSE, {"x": 6}),
    (("yolov10{}",), 640, _DETECT, {"n": 19, "s": 20, "m": 21, "b": 22, "l": 23, "x": 24}),
    (("yolo11{}", "yolov11{}"), 640, _DETECT, {"n": 25, "s": 26, "m": 27, "l": 28, "x": 29}),
    (("yolo11{}", "yolov11{}"), 1280, _DETECT, {"n": 30, "s": 31, "m": 32, "l": 33, "x": 34}),
    (("yolo11{}-seg", "yolov11{}-seg"), 640, _SEGMENT, {"n": 19, "s": 20, "m": 21, "l": 22, "x": 23}),
    (("yolo26{}", "yolov26{}"), 640, _DETECT, {"n": 41, "s": 42, "m": 43, "l": 44, "x": 45}),
    (("yolo26{}-seg", "yolov26{}-seg"), 640, _SEGMENT, {"n": 27, "s": 28, "m": 29, "l": 31, "x": 34}),
    (("yolo26{}-pose", "yolov26{}-pose"), 640, _POSE, {"n": 12, "s": 13, "m": 14, "l": 15, "x": 16}),
)


def _aliases() -> Iterator[tuple[str, str]]:
    for spellings, pixels, dataset, versions in _ROWS:
        for size, version in versions.items():
            for spelling in spellings:
                yield f"{spelling.format(size)}-{pixels}", f"{dataset}/{version}"


ALIASES = dict(_aliases())
"""The vendor's public aliases: what its users write -> what its clients send."""


def _groups() -> Iterator[tuple[str, ...]]:
    """The names of one model each, the usual ones first. Of several input sizes the weights are the same."""
    for usual in {row[0]: None for row in _ROWS}:
        rows = [row for row in _ROWS if row[0] == usual]
        for size in rows[0][3] | rows[-1][3]:
            names = [spelling.format(size) for spelling in usual]
            for _, pixels, dataset, versions in rows:
                if size in versions:
                    names += [f"{dataset}/{versions[size]}", *(f"{name.format(size)}-{pixels}" for name in usual)]
            yield tuple(names)


_GROUP_OF = {name: group for group in _groups() for name in group}


def candidates(model_id: str) -> tuple[str, ...]:
    """The ids to look for in our store, in this order: as asked, then the other names of the same weights.

    Of a model that no public one is, `helmets/1` is also `helmets`: what has no versions is its own first.
    """
    dataset, _, version = model_id.rpartition("/")
    others = (dataset,) if version == "1" and dataset and "/" not in dataset else ()
    return tuple(dict.fromkeys((model_id, *_GROUP_OF.get(model_id, others))))


def public_ids(model_id: str) -> tuple[str, ...]:
    """The other ids under which a stored model is to be listed: those whose `candidates` hold it."""
    first = () if "/" in model_id else (f"{model_id}/1",)
    return first + tuple(name for name in _GROUP_OF.get(model_id, ()) if name != model_id)
