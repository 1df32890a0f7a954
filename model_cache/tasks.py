"""The tasks that a model can have."""

from __future__ import annotations

from typing import Literal

Task = Literal["detect", "segment", "pose", "obb", "classify"]
TASKS: tuple[Task, ...] = ("detect", "segment", "pose", "obb", "classify")
