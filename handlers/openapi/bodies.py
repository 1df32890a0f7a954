"""What each dialect takes: the media types of a body, with an example each, and the values of the query."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.dialects import roboflow_hosted, roboflow_inference, ultralytics_hub, ultralytics_hub_v8
from handlers.dialects.roboflow_registry import MODEL_ID
from handlers.dialects.ultralytics import Form
from handlers.dialects.ultralytics_platform import FORM as PLATFORM
from handlers.fields import Field
from handlers.openapi.examples import FILE, Names, example, small_picture
from handlers.openapi.schemas import FILE as BINARY
from handlers.openapi.schemas import TEXT, Schema, any_of, closed, listed, of_field, ref, said

Bodies = Mapping[str, Schema]
Query = Mapping[Field, str | None]

_SEVERAL = "A picture or a video. Several pictures: the part several times over."
_ADDRESS = "The URL of a picture, or its base64."
_RAW: Schema = {"schema": said(BINARY, "The picture as it is: options stand in the query."), **example("picture", FILE)}


def platform(path: str, names: Names) -> Bodies:
    return _ultralytics(PLATFORM, ())


def hub(path: str, names: Names) -> Bodies:
    return _ultralytics(ultralytics_hub.FORM, () if path != "/" else (ultralytics_hub.MODEL,))


def hub_v8(path: str, names: Names) -> Bodies:
    """By its name a field tells this form from the newer one; a bare picture has none."""
    made = _ultralytics(ultralytics_hub_v8.FORM, () if path != "/" else (ultralytics_hub.MODEL,))
    return {media: body for media, body in made.items() if media != "image/*"}


def hosted(path: str, names: Names) -> Bodies:
    if path == "/":
        return {}
    # The vendor's clients send base64 under the type of a form.
    base64 = {"schema": said(TEXT, "Base64 of the picture.")}
    return {
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"file": said(BINARY, _SEVERAL)}, "required": ["file"]},
            **example("picture", {"file": FILE}),
        },
        "text/plain": base64 | example("base64", small_picture()),
        "image/*": {"schema": said(BINARY, "The picture as it is."), **example("picture", FILE)},
    }


def inference(path: str, names: Names) -> Bodies:
    image = closed({"type": {"enum": ["base64", "url"]}, "value": said(TEXT, "Base64 of the picture, or its URL.")})
    image |= {"additionalProperties": True}
    properties = {
        MODEL_ID.name: of_field(MODEL_ID),
        roboflow_inference.IMAGE.name: of_field(roboflow_inference.IMAGE)
        | {"type": ["object", "array"]}
        | any_of([image, listed(image, minItems=1)]),
        **{option.name: of_field(option) for option in roboflow_inference.OPTIONS},
        "api_key": said(TEXT, "A key, where none is in the head."),
    }
    schema = {"type": "object", "properties": properties, "required": [MODEL_ID.name, roboflow_inference.IMAGE.name]}
    picture = {"type": "base64", "value": small_picture()}
    asked = {"model_id": names.dataset_version, "image": picture, "confidence": 0.4}
    return {
        "application/json": {
            "schema": schema,
            "examples": {"base64": {"value": asked}, "several": {"value": asked | {"image": [picture, picture]}}},
        }
    }


def platform_query(method: str, path: str) -> Query:
    return dict.fromkeys(PLATFORM.options)


def hub_query(method: str, path: str) -> Query:
    return dict.fromkeys(ultralytics_hub.FORM.options)


def hub_v8_query(method: str, path: str) -> Query:
    return dict.fromkeys(ultralytics_hub_v8.FORM.options)


def hosted_query(method: str, path: str) -> Query:
    """With the method GET, the example's picture stands in the query as well."""
    if path == "/":
        return {}
    return dict.fromkeys(roboflow_hosted.OPTIONS) | (
        {roboflow_hosted.IMAGE: small_picture()} if method == "GET" else {}
    )


def nothing(method: str, path: str) -> Query:
    return {}


def _ultralytics(form: Form, others: tuple[Field, ...]) -> dict[str, Schema]:
    file, source = form.file[0], form.source[0]
    options = {option.name: of_field(option) for option in (*others, *form.options)}
    picture = {file: said(BINARY, _SEVERAL)}
    text = {source: said(TEXT, _ADDRESS)}
    several = said(any_of([TEXT, listed(TEXT, minItems=1)]), _ADDRESS + " A list of them is answered by a list.")
    chosen = {form.conf.name: 0.5}
    return {
        "multipart/form-data": {
            "schema": {"type": "object", "properties": picture | options, "required": [file]},
            **example("picture", {file: FILE} | chosen),
        },
        "application/json": {
            "schema": {"type": "object", "properties": {source: several} | options, "required": [source]},
            **example("base64", {source: small_picture()} | chosen),
        },
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "properties": text | options, "required": [source]},
            **example("base64", {source: small_picture()} | chosen),
        },
        "image/*": _RAW,
    }


def of_side(name: str, names: Names) -> Schema:
    """The JSON object that a side route reads."""
    asked = example("model", {"model_id": names.dataset_version})
    return {"required": True, "content": {"application/json": {"schema": ref(name), **asked}}}
