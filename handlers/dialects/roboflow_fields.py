"""Reads the fields of a JSON object, or of a query, as FastAPI does for the vendor's server.

All that is wrong with them is said at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.errors import ApiError
from handlers.fields import Choice, Field, Flag, Number, Text, Texts, Whole
from handlers.params import number_of, shown

_TRUE, _FALSE = ("true", "1", "yes", "on", "y", "t"), ("false", "0", "no", "off", "n", "f")
_MOST_PROBLEMS = 10  # that one answer lists

CONFIDENCE = Number("confidence", "The least confidence of what is answered.", 0.4, words=("best", "default"))
MAX_DETECTIONS = Whole(
    "max_detections", "The most that is answered of a picture; more than 3000 counts as that.", 300, 0
)
AGNOSTIC = Flag("class_agnostic_nms", "Whether overlapping results of different classes count as one, too.")
MASK_FORMAT = Choice(
    "response_mask_format", "Masks as their outline, or as run lengths.", ("polygon", "rle"), "polygon"
)
KEYPOINT_CONFIDENCE = Number("keypoint_confidence", "Key points at or below it are left out.", 0.0)
AS_STORED = Flag("disable_preproc_auto_orient", "Whether the picture's EXIF orientation is left unread.")


class Unprocessable(ApiError):
    """The request's fields are missing or of the wrong type: 422, with one entry of `detail` for each."""

    status = 422

    def __init__(self, detail: list[dict[str, Any]]) -> None:
        """detail: type and message as pydantic words them, loc(ation) and input, the value."""
        super().__init__("; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in detail))
        self.detail = detail


class Fields:
    """A JSON object's values, each of its own type or as a text of it; null is as good as left out.

    A reader of a wrong value answers the default and notes the problem, which `check` raises.
    """

    def __init__(self, values: Mapping[str, Any] | None, where: str = "body") -> None:
        """values: None where the body is no JSON object; raises Unprocessable then. where: "body" or "query"."""
        self._where = where
        self._problems: list[dict[str, Any]] = []
        self._values = values or {}
        if values is None:
            self.wrong("model_attributes_type", "Input should be a valid dictionary")
            self.check()

    def check(self) -> None:
        if self._problems:
            raise Unprocessable(self._problems)

    def required(self, field: Field) -> Any:
        """The value as it came; None, and a problem, where there is none."""
        value = self._values.get(field.name)
        if value is None:
            self.wrong("missing", "Field required", field.name)
        return value

    def text(self, field: Text) -> str | None:
        value = self._values.get(field.name)
        if value is not None and not isinstance(value, str):
            self.wrong("string_type", "Input should be a valid string", field.name, given=value)
            return None
        if value is not None and field.max_length is not None and len(value) > field.max_length:
            message = f"String should have at most {field.max_length} characters"
            self.wrong("string_too_long", message, field.name, given=value)
        return value

    def texts(self, field: Texts) -> tuple[str, ...] | None:
        name, value = field.name, self._values.get(field.name)
        if value is None:
            return None
        if not isinstance(value, list):
            self.wrong("list_type", "Input should be a valid list", name, given=value)
            return None
        for number, one in enumerate(value):
            if not isinstance(one, str):
                self.wrong("string_type", "Input should be a valid string", name, number, given=one)
        return tuple(one for one in value if isinstance(one, str))

    def number(self, field: Number) -> float:
        """A finite number: the vendor refuses none for its size."""
        value = self._values.get(field.name)
        return field.default if value is None or value in field.words else self._number(field.name, field.default)

    def _number(self, name: str, default: float) -> float:
        value = self._values[name]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.wrong("float_type", "Input should be a valid number", name, given=value)
            return default
        number = number_of(value)
        if abs(number) < float("inf"):
            return number
        self.wrong("float_parsing", "Input should be a valid number, unable to parse", name, given=value)
        return default

    def whole(self, field: Whole[int]) -> int:
        name, low = field.name, field.low
        number = field.default if self._values.get(name) is None else self._number(name, field.default)
        if number != int(number):
            message = "Input should be a valid integer, got a number with a fractional part"
            self.wrong("int_from_float", message, name, given=number)
        elif number < low:
            self.wrong("greater_than_equal", f"Input should be greater than or equal to {low}", name, given=int(number))
        return int(number)

    def flag(self, field: Flag) -> bool:
        name, value = field.name, self._values.get(field.name)
        if value is None or isinstance(value, bool):
            return bool(value)
        text = str(value).lower() if isinstance(value, str | int) else ""
        if text not in _TRUE + _FALSE:
            self.wrong("bool_parsing", "Input should be a valid boolean, unable to interpret input", name, given=value)
        return text in _TRUE

    def choice(self, field: Choice) -> str:
        value = self._values.get(field.name)
        if value is None or value in field.choices:
            return value or field.default
        if field.strict:
            shown = " or ".join(f"'{choice}'" for choice in field.choices)
            self.wrong("literal_error", f"Input should be {shown}", field.name, given=value)
        return field.default

    def wrong(self, kind: str, message: str, *loc: str | int, given: Any = None) -> None:
        """Note a problem, unless there are enough already; loc: where, inside this object."""
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append({"type": kind, "loc": [self._where, *loc], "msg": message, "input": shown(given)})
