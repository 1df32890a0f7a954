"""The log: one line a record, as JSON in the fields that Cloud Logging reads, or as text for a person.

Whatever is logged goes this way: ours, the servers', warnings, and what nobody has caught.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from handlers.observe.formats import Json, Text

_OURS = ("handlers", "model_cache")
_SERVERS = ("gunicorn.error", "uvicorn.error", "uvicorn.asgi")
_SERVERS_ACCESS = ("gunicorn.access", "uvicorn.access")  # ours says more, and no query


def configure(form: str, project: str = "") -> None:
    """form: `json`, to standard output, or `text`, to standard error; project: Google's, where it is known."""
    as_json = form == "json"
    handler = logging.StreamHandler(sys.stdout if as_json else sys.stderr)
    handler.setFormatter(Json(project) if as_json else Text())
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    # The servers give their loggers handlers of their own, later than this; a logger's filters stay.
    for name in _SERVERS:
        logging.getLogger(name).addFilter(_Instead(handler))
    for name in _SERVERS_ACCESS:
        logging.getLogger(name).addFilter(_Instead(None))
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class _Instead(logging.Filter):
    """Hands a logger's records to one handler, or to none, and to no other."""

    def __init__(self, handler: logging.Handler | None) -> None:
        super().__init__()
        self._handler = handler

    def filter(self, record: logging.LogRecord) -> bool:
        if self._handler is not None:
            self._handler.handle(record)
        return False


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("handlers").critical("The process ends", exc_info=(kind, error, trace))


def _uncaught_in_thread(said: threading.ExceptHookArgs) -> None:
    if said.exc_value is not None and not isinstance(said.exc_value, SystemExit):
        logging.getLogger("handlers").error("A thread has ended", exc_info=said.exc_value)
