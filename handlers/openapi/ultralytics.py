"""The schemas of Ultralytics' answers: a prediction's rows for each task, and what stands around them."""

from __future__ import annotations

from handlers.openapi.schemas import (
    BASE64,
    COUNT,
    EMPTY,
    FLAG,
    NUMBER,
    SHARE,
    TEXT,
    Schema,
    closed,
    listed,
    one_of,
    ref,
    said,
)
from model_cache.prediction import TASKS

_CONFIDENCE = said(SHARE, "Rounded to `decimals` places.")
_NAMED: Schema = {
    "name": said(TEXT, "The class's name."),
    "class": said(COUNT, "Its number."),
    "confidence": _CONFIDENCE,
}
_POINTS = {"x": listed(NUMBER), "y": listed(NUMBER)}
_BOX = closed(
    dict.fromkeys(("x1", "y1", "x2", "y2"), NUMBER),
    about="Left, top, right, bottom: in pixels of the picture, or with `normalize` in parts of its width and height.",
)
_CORNERS = closed(
    {f"{axis}{corner}": NUMBER for corner in range(1, 5) for axis in "xy"}, about="The four corners of an oriented box."
)
_SEGMENTS = closed(_POINTS, about="The outline of the mask.")
_KEYPOINTS = closed(_POINTS, {"visible": listed(SHARE, "How sure each point is.")}, about="One point a number.")

_MILLISECONDS = said(NUMBER, "Milliseconds.")
_IMAGE = closed(
    {
        "shape": listed(COUNT, "Height and width in pixels.", minItems=2, maxItems=2),
        "results": ref("UltralyticsRows"),
        "speed": closed(dict.fromkeys(("preprocess", "inference", "postprocess"), _MILLISECONDS)),
    },
    {"image": said(BASE64, "The annotated picture, a JPEG, with `format=image_and_json`.")},
)
_METADATA = closed(
    {
        "imageCount": said(COUNT, "Pictures answered, or frames of a video."),
        "functionTimeAlive": said(NUMBER, "Seconds since the process started."),
        "functionTimeCall": said(NUMBER, "Seconds for this request."),
        "model": said(TEXT, "The id of the model that answered."),
        "task": one_of(*TASKS),
        "classNames": listed(TEXT, "All classes of the model, by their numbers."),
        "version": {"type": "object", "additionalProperties": TEXT, "description": "Of the packages at work."},
    }
)
_V8 = {"success": {"const": True}, "message": TEXT}

SCHEMAS: dict[str, Schema] = {
    "UltralyticsDetection": closed(_NAMED | {"box": _BOX}),
    "UltralyticsSegment": closed(_NAMED | {"box": _BOX, "segments": _SEGMENTS}),
    "UltralyticsPose": closed(_NAMED | {"box": _BOX, "keypoints": _KEYPOINTS}),
    "UltralyticsOriented": closed(_NAMED | {"box": _CORNERS}),
    "UltralyticsClass": closed(_NAMED, about="One of the five likeliest classes."),
    "UltralyticsRows": {
        "description": "All of one form, the one of the model's task; the most confident first.",
        "anyOf": [listed(ref(f"Ultralytics{name}")) for name in ("Detection", "Segment", "Pose", "Oriented", "Class")],
    },
    "UltralyticsImage": _IMAGE,
    "UltralyticsAnswer": closed({"images": listed(ref("UltralyticsImage")), "metadata": _METADATA}),
    "HubV8Answer": closed(
        _V8
        | {
            "data": {
                "anyOf": [ref("UltralyticsRows"), listed(ref("UltralyticsRows"))],
                "description": "The rows of the picture; of several, or of a video, a list of such lists.",
            }
        }
    ),
    "HubHandshake": closed(_V8 | {"data": EMPTY}),
    "HubModel": closed(
        _V8
        | {
            "data": closed(
                {
                    "id": said(TEXT, "As it was asked for."),
                    "meta": closed({"name": said(TEXT, "The model's id in the store.")}),
                    "status": {"const": "trained"},
                    "imgsz": {"type": ["integer", "null"]},
                    **{f"is_{name}": FLAG for name in ("pretrained", "custom")},
                    **{f"has_{name}_weights": FLAG for name in ("best", "last")},
                }
            )
        }
    ),
    "HubError": closed({"success": {"const": False}, "message": TEXT, "data": EMPTY}),
}
