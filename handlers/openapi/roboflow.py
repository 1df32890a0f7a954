"""The schemas of Roboflow's answers to a picture, of what its clients ask besides, and of its errors."""

from __future__ import annotations

from handlers.dialects.roboflow_registry import TASK_TYPES
from handlers.openapi.schemas import (
    BASE64,
    COUNT,
    FLAG,
    NUMBER,
    SHARE,
    TEXT,
    Schema,
    any_of,
    closed,
    listed,
    one_of,
    ref,
    said,
)

_POINT = closed({"x": NUMBER, "y": NUMBER})
_CLASS = {"class": said(TEXT, "The class's name."), "class_id": COUNT, "confidence": SHARE}
_OBJECT: Schema = {
    "x": said(NUMBER, "The box's centre, in pixels of the picture."),
    "y": NUMBER,
    "width": NUMBER,
    "height": NUMBER,
    **_CLASS,
    "detection_id": {"type": "string", "format": "uuid"},
}
_KEYPOINT = closed({"x": NUMBER, "y": NUMBER, **_CLASS, "class": said(TEXT, "The point's number: it has no name.")})
_PICTURE: Schema = {
    "inference_id": said(TEXT, "A UUID, or the `id` that was sent."),
    "time": said(NUMBER, "Seconds for this picture."),
    "image": closed({"width": COUNT, "height": COUNT}, about="In pixels."),
}
_SHOWN: Schema = {"visualization": said(BASE64, "The annotated picture, a JPEG, where it was asked for.")}
_TIME = said(NUMBER, "Unix time in seconds.")
_TYPE = one_of(*dict.fromkeys(TASK_TYPES.values()), "")
_PROJECT: Schema = {
    **{"id": TEXT, "name": TEXT, "type": _TYPE, "annotation": TEXT, "created": _TIME, "updated": _TIME},
    "classes": {"type": "object", "additionalProperties": COUNT, "description": "Every class's name."},
    **{"colors": {"type": "object"}, "images": COUNT, "unannotated": COUNT, "public": FLAG},
    **{"splits": {"type": "object"}, "versions": COUNT},
}
_WORKSPACE: Schema = {"name": TEXT, "url": TEXT, "members": listed(TEXT, maxItems=0)}
_VERSION = closed(
    {
        **{"id": TEXT, "name": TEXT, "created": _TIME, "images": COUNT},
        **{name: {"type": "object"} for name in ("augmentation", "preprocessing", "splits")},
        **{"exports": listed(TEXT), "model": closed({"id": TEXT})},
    }
)
_DETAIL = closed(
    {
        "type": TEXT,
        "loc": listed({"type": ["string", "integer"]}, "Where: `body` or `query`, then names and numbers."),
        "msg": TEXT,
        "input": said({"type": ["string", "number", "boolean", "null"]}, "What was sent."),
    }
)

ANSWERS = ("Detections", "Segments", "Poses", "Oriented", "Classification")


def _of(row: Schema, about: str) -> Schema:
    return closed({**_PICTURE, "predictions": listed(closed(row))}, _SHOWN, about)


SCHEMAS: dict[str, Schema] = {
    "RoboflowDetections": _of(_OBJECT, "Of a detector."),
    "RoboflowSegments": closed(
        {
            **_PICTURE,
            "predictions": listed(
                any_of(
                    [
                        closed(_OBJECT | {"points": listed(_POINT, minItems=3), "mask_format": {"const": "polygon"}}),
                        closed(
                            _OBJECT
                            | {
                                "rle": closed({"size": listed(COUNT, "Height and width."), "counts": TEXT}),
                                "mask_format": {"const": "rle"},
                            }
                        ),
                    ]
                )
            ),
        },
        _SHOWN,
        "Of a model of masks.",
    ),
    "RoboflowPoses": _of(_OBJECT | {"keypoints": listed(_KEYPOINT)}, "Of a model of key points."),
    "RoboflowOriented": _of(_OBJECT | {"points": listed(_POINT, minItems=4, maxItems=4)}, "Of oriented boxes."),
    "RoboflowClassification": closed(
        {**_PICTURE, "predictions": listed(closed(_CLASS)), "top": TEXT, "confidence": SHARE},
        _SHOWN,
        "Of a classifier.",
    ),
    "RoboflowAnswer": {
        "description": "One picture's, in the form of the model's task.",
        "anyOf": [ref(f"Roboflow{name}") for name in ANSWERS],
    },
    "RoboflowAnswers": any_of(
        [ref("RoboflowAnswer"), listed(ref("RoboflowAnswer"), "Of several pictures, or of a video's frames.")]
    ),
    "RoboflowError": closed({"message": TEXT}, {"status": said({"const": 401}, "Where a key is not good.")}),
    "RoboflowUnprocessable": closed({"detail": listed(_DETAIL, "All that is wrong.", minItems=1)}),
    "RoboflowModelId": {
        "type": "object",
        "properties": {"model_id": TEXT, "api_key": said(TEXT, "A key, where none is in the head.")},
        "required": ["model_id"],
    },
    "RoboflowRegistry": closed(
        {
            "models": listed(
                closed(
                    {"model_id": TEXT, "task_type": one_of(*dict.fromkeys(TASK_TYPES.values())), "batch_size": COUNT},
                    {"input_height": COUNT, "input_width": COUNT},
                )
            )
        }
    ),
    "RoboflowStarted": closed({"status": {"const": 200}, "message": TEXT}),
    "RoboflowCleared": {"const": "Cache Cleared"},
    "RoboflowInfo": closed({"name": TEXT, "version": TEXT, "uuid": {"type": "string", "format": "uuid"}}),
    "RoboflowHealth": closed({"status": {"const": "healthy"}}),
    "RoboflowReadiness": closed({"status": one_of("ready", "not ready")}),
    "RoboflowOwner": closed({"welcome": TEXT, "workspace": TEXT}, about="Whose key it is."),
    "RoboflowProject": closed(
        {"workspace": closed(_WORKSPACE), "project": closed(_PROJECT), "versions": listed(_VERSION)},
        about="A project and its versions, where the key is in the query and no picture comes.",
    ),
    "RoboflowWorkspace": closed({"workspace": closed(_WORKSPACE | {"projects": listed(closed(_PROJECT))})}),
    "RoboflowTraining": closed(
        {
            **dict.fromkeys(("id", "trainingId", "versionId", "modelType"), TEXT),
            **{"status": {"const": "finished"}, "modelIds": listed(TEXT), "modelCount": COUNT},
            "models": listed(closed({"modelId": TEXT, "modelType": TEXT})),
        }
    ),
    "RoboflowTrainings": closed({"trainings": listed(ref("RoboflowTraining"))}),
}
