"""LitServe and ultralytics, as its documentation shows: WEIGHTS on disk, a LitAPI of four methods."""

from __future__ import annotations

import os
from typing import Any

from tests.bench.peers import torchvision_schemas  # isort: skip  # before ultralytics

torchvision_schemas.define()

import cv2
import litserve
import numpy as np
from ultralytics import YOLO


class YoloAPI(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.model = YOLO(os.environ["WEIGHTS"], task="detect")

    def decode_request(self, request, **_):  # type: ignore[no-untyped-def]  # LitServe reads the annotations
        return cv2.imdecode(np.frombuffer(request["file"].file.read(), np.uint8), cv2.IMREAD_COLOR)

    def predict(self, picture: Any, **_: Any) -> Any:
        return self.model.predict(picture, verbose=False)[0]

    def encode_response(self, result: Any, **_: Any) -> Any:
        return result.summary()


if __name__ == "__main__":
    server = litserve.LitServer(YoloAPI(api_path="/predict"), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", generate_client_file=False)
