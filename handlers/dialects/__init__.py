"""The dialects: one file each, one row each in the table below."""

from __future__ import annotations

from handlers.dialects.base import Dialect
from handlers.dialects.ultralytics_platform import UltralyticsPlatform

# In the order in which their routes are tried.
DIALECTS: tuple[Dialect, ...] = (UltralyticsPlatform(),)
