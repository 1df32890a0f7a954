"""The dialects: one file each, one row each in the table below."""

from __future__ import annotations

from handlers.dialects.base import Dialect
from handlers.dialects.roboflow_hosted import RoboflowHosted
from handlers.dialects.roboflow_inference import RoboflowInference
from handlers.dialects.ultralytics_hub import UltralyticsHub
from handlers.dialects.ultralytics_hub_v8 import UltralyticsHubV8
from handlers.dialects.ultralytics_platform import UltralyticsPlatform

# In the order in which their routes are tried, except that those which begin with a parameter come after all
# others. Of several that share a path, the last takes what no other claims.
DIALECTS: tuple[Dialect, ...] = (
    UltralyticsPlatform(),
    RoboflowInference(),
    RoboflowHosted(),
    UltralyticsHubV8(),
    UltralyticsHub(),
)
