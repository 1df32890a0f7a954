"""What functions-framework's server is told. It hands on no setting of ours: they are put where both its parts,
gunicorn and uvicorn, look for their defaults.
"""

from __future__ import annotations

import sys

_FINISH_S = 8  # after SIGTERM; then uvicorn cancels what is left, and the pipeline answers 503 to it
_KILL_S = 9  # then gunicorn kills a worker that even so has not gone. Cloud Run would a second later


def set_up(patience_s: float) -> None:
    """To be called while functions-framework imports the function, before it makes its server.

    patience_s: how long the head of a request may take to arrive.
    """
    if "functions_framework._cli" not in sys.modules:
        return  # another host, or a test: these two are not there, and cost time to import
    from gunicorn.config import GracefulTimeout
    from uvicorn.server import Server
    from uvicorn_worker import UvicornWorker

    from handlers.host.connection import Connection
    from handlers.host.shutdown import shutdown

    GracefulTimeout.default = _KILL_S  # it would wait for thirty, and uvicorn for ever
    Connection.patience_s = patience_s
    Server.shutdown = shutdown  # type: ignore[method-assign, assignment]
    ours = {"timeout_graceful_shutdown": _FINISH_S, "http": Connection}
    UvicornWorker.CONFIG_KWARGS = UvicornWorker.CONFIG_KWARGS | ours
