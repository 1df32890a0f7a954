"""The dialects: one file each, one row each in the table below."""

from __future__ import annotations

from handlers.dialects.base import Dialect
from handlers.dialects.ultralytics_hub import UltralyticsHub
from handlers.dialects.ultralytics_hub_v8 import UltralyticsHubV8
from handlers.dialects.ultralytics_platform import UltralyticsPlatform

# In the order in which their routes are tried. Of several that share a path, the last takes what no other claims.
DIALECTS: tuple[Dialect, ...] = (UltralyticsPlatform(), UltralyticsHubV8(), UltralyticsHub())
