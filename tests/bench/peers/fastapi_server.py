"""FastAPI and ultralytics, as one writes it by hand: WEIGHTS on disk, loaded at the start, a route that predicts."""

from __future__ import annotations

import os

from tests.bench.peers import torchvision_schemas  # isort: skip  # before ultralytics

torchvision_schemas.define()

import cv2
import numpy as np
import uvicorn
from fastapi import FastAPI, Response, UploadFile
from ultralytics import YOLO

app = FastAPI()
model = YOLO(os.environ["WEIGHTS"], task="detect")


@app.post("/predict")
def predict(file: UploadFile) -> Response:
    picture = cv2.imdecode(np.frombuffer(file.file.read(), np.uint8), cv2.IMREAD_COLOR)
    result = model.predict(picture, verbose=False)[0]
    return Response(result.to_json(), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
