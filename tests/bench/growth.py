"""How our cost grows: with the picture's size, the number of detections, and the models in the store."""

from __future__ import annotations

import time
from typing import Any

import cv2

from tests.bench import cold
from tests.bench.clients import Client, detections, multipart
from tests.bench.servers import Contender
from tests.bench.setting import Setting, percentile
from tests.bench.weights import PICTURE, entry

_MEGAPIXELS = (0.25, 1, 4, 12)
_CONFIDENCES = (0.9, 0.25, 0.1, 0.05, 0.01)
MODELS = (2, 100, 10_000)


def requests(setting: Setting, contender: Contender, times: int) -> dict[str, Any]:
    """p50 in milliseconds by megapixels of the JPEG, and by detections answered."""
    with contender.serve(setting.folder, CACHE_DIR=str(setting.folder / "cache")) as on:
        client = on.connect()
        client.predict(setting.body)
        sizes = {}
        for megapixels in _MEGAPIXELS:
            sizes[str(megapixels)] = _p50(client, _scaled(setting, megapixels), "/predict", times)
        counts = {}
        for conf in _CONFIDENCES:
            path = f"/predict?conf={conf}"
            found = len(detections(client.predict(setting.body, path)))
            counts[str(found)] = _p50(client, setting.body, path, times)
    return {"megapixels": sizes, "detections": counts}


def models(setting: Setting, contender: Contender, times: int) -> dict[str, float]:
    """Seconds of a cold start by the number of models that models.json tells of."""
    model = contender.environment["DEFAULT_MODEL"]
    told = {model: entry(setting.onnx())}
    before = setting.bucket.objects["models.json"]
    found = {}
    try:
        for count in MODELS:
            others = {f"other/{n}": {"file": f"other/{n}.onnx"} for n in range(count - 1)}
            setting.bucket.put_index(told | others)
            found[str(count)] = percentile([cold.seconds(setting, contender) for _ in range(times)], 0.5)
    finally:
        setting.bucket.objects["models.json"] = before
    return found


def _scaled(setting: Setting, megapixels: float) -> bytes:
    frame = cv2.imread(str(setting.folder / PICTURE))
    assert frame is not None
    gain = (megapixels * 1e6 / (frame.shape[0] * frame.shape[1])) ** 0.5
    _, data = cv2.imencode(".jpg", cv2.resize(frame, None, fx=gain, fy=gain, interpolation=cv2.INTER_CUBIC))
    return multipart(data.tobytes())


def _p50(client: Client, body: bytes, path: str, times: int) -> float:
    took = []
    for _ in range(times):
        started = time.perf_counter()
        client.predict(body, path)
        took.append((time.perf_counter() - started) * 1e3)
    return percentile(took, 0.5)
