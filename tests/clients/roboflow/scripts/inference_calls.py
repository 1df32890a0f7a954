"""Calls of inference-sdk as JSON describes them -> what they answered, as JSON, read by supervision besides.

Of a call: model; pictures (paths or URLs) and `how` they are given (path, numpy, pil); alone (one picture, not a list
of it); mode ("v0", "v1", or the client's own choice); key; asynchronous; configuration, as its dataclass names it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import cv2
import numpy as np
import supervision as sv
from inference_sdk import InferenceConfiguration, InferenceHTTPClient
from inference_sdk.http.entities import VisualisationResponseFormat
from inference_sdk.http.errors import HTTPClientError
from PIL import Image


def answered(call: dict[str, Any]) -> Any:
    configuration = dict(call.get("configuration", {}))
    if "output_visualisation_format" in configuration:
        wanted = VisualisationResponseFormat(configuration["output_visualisation_format"])
        configuration["output_visualisation_format"] = wanted
    client = InferenceHTTPClient(api_url=os.environ["OURS"], api_key=call.get("key", "KEY"))
    client.configure(InferenceConfiguration(**configuration))
    if "mode" in call:
        client = client.select_api_v0() if call["mode"] == "v0" else client.select_api_v1()
    given: Any = [picture(path, call.get("how", "path")) for path in call["pictures"]]
    given = given[0] if call.get("alone", len(given) == 1) else given
    try:
        if call.get("asynchronous"):
            found = asyncio.run(client.infer_async(given, model_id=call["model"]))
        else:
            found = client.infer(given, model_id=call["model"])
    except HTTPClientError as error:
        return {
            "error": type(error).__name__,
            **{name: getattr(error, name, None) for name in ("status_code", "api_message")},
        }
    return [described(one) for one in found] if isinstance(found, list) else described(found)


def picture(path: str, how: str) -> Any:
    if how == "path":
        return path
    return cv2.imread(path) if how == "numpy" else Image.open(path)


def described(answer: dict[str, Any]) -> dict[str, Any]:
    if "visualization" in answer:
        answer["visualization"] = shown(answer["visualization"])
    predictions = answer.get("predictions", [])
    if "image" in answer and "top" not in answer:
        detections = sv.Detections.from_inference(answer)
        answer["supervision"] = {
            "xyxy": detections.xyxy.tolist(),
            "classes": np.asarray(detections.data.get("class_name", [])).tolist(),
            "mask": None if detections.mask is None else list(np.asarray(detections.mask).shape),
        }
        if any("keypoints" in one for one in predictions):
            answer["supervision"]["keypoints"] = sv.KeyPoints.from_inference(answer).xy.tolist()
    return answer


def shown(visualization: Any) -> dict[str, Any]:
    """What the client made of the picture: its type, and width and height."""
    kind = type(visualization).__name__
    if isinstance(visualization, np.ndarray):
        return {"kind": kind, "size": list(visualization.shape[1::-1])}
    return {"kind": kind, "size": None if isinstance(visualization, str) else list(visualization.size)}


print(json.dumps([answered(call) for call in json.loads(sys.argv[1])]))
