"""What a caller did wrong or cannot have, with its HTTP status. Raised anywhere, caught in pipeline.py.

ApiError                  status, one clear sentence, headers
├── BadRequest      400   a missing or malformed field, an unreadable picture
├── Unauthorized    401   no key, or a wrong one
├── Forbidden       403   a model that the key may not use
├── NotFound        404   no such route or model
├── NotAllowed      405   the route exists, but not for this method
├── TooSlow         408   the body did not arrive in time
├── TooLarge        413   body, picture, video or answer beyond a limit
├── TooMany         429   the queue is full
│   └── LimitReached      a quota is used up, or too many keys were wrong
└── Unavailable     503   the model cannot be had just now
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import time


class ApiError(Exception):
    """`message` is shown to the caller: no path, no key, no exception text."""

    status = 500

    def __init__(self, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = dict(headers or {})


class BadRequest(ApiError):
    status = 400


class Unauthorized(ApiError):
    status = 401

    def __init__(self, message: str) -> None:
        super().__init__(message, {"WWW-Authenticate": "Bearer"})


class Forbidden(ApiError):
    status = 403


class NotFound(ApiError):
    status = 404


class NotAllowed(ApiError):
    status = 405


class TooSlow(ApiError):
    status = 408


class TooLarge(ApiError):
    status = 413


class TooMany(ApiError):
    status = 429


class LimitReached(TooMany):
    """reset: when there will be room again, in Unix seconds; retry_after: in how many, at least one."""

    def __init__(self, message: str, reset: float) -> None:
        self.reset = reset
        self.retry_after = max(1, math.ceil(reset - time()))
        super().__init__(message, {"Retry-After": str(self.retry_after)})


class Unavailable(ApiError):
    status = 503
