"""A request's body -> its fields, files or JSON, and the pictures that they stand for."""

from handlers.inputs.base64s import decode_base64, image_input, looks_like_url
from handlers.inputs.body import Body, Limits, parse_body, read_body
from handlers.inputs.room import Room, Share

__all__ = [
    "Body",
    "Limits",
    "Room",
    "Share",
    "decode_base64",
    "image_input",
    "looks_like_url",
    "parse_body",
    "read_body",
]
