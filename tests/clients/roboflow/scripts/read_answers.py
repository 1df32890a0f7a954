"""Answers, a JSON object on standard input: what supervision's own readers make of each."""

import json
import sys

import supervision as sv

read = {}
for name, answer in json.load(sys.stdin).items():
    found = sv.Detections.from_inference(answer)
    points = sv.KeyPoints.from_inference(answer) if name == "pose" else None
    read[name] = {
        "boxes": found.xyxy.tolist(),
        "confidences": found.confidence.tolist(),
        "names": found.data["class_name"].tolist(),
        "areas": None if found.mask is None else found.mask.sum((1, 2)).tolist(),
        "points": None if points is None else points.xy.tolist(),
    }
print(json.dumps(read))
