"""How the host stops: what it accepted is answered, but for no longer than the platform waits.

Cloud Run kills ten seconds after SIGTERM; gunicorn would wait for thirty, and uvicorn for ever. functions-framework
hands neither of them a setting of ours, so these are put where both look for their defaults.
"""

from __future__ import annotations

import asyncio
import sys

FINISH_S = 8  # then uvicorn cancels what is left: the pipeline answers 503 to it
KILL_S = 9  # then gunicorn kills a worker that even so has not gone
FIRST_S = 2  # for a connection that was just accepted to say what it wants
NEXT_S = 0.5  # for one that was answered already to ask again


def stopping(error: asyncio.CancelledError) -> bool:
    """Whether it is uvicorn that cancelled, at its end, as it says; others have their own answer to that."""
    return "graceful shutdown" in str(error)


def bound_shutdown() -> None:
    """To be called while functions-framework imports the function, before it makes its server."""
    if "functions_framework._cli" not in sys.modules:
        return  # another host, or a test: these two are not there to stop, and cost time to import
    from gunicorn.config import GracefulTimeout
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn_worker import UvicornWorker

    class Lingering(H11Protocol):
        def shutdown(self) -> None:
            """Called once, at the server's end. uvicorn would drop a connection whose request it has yet to read."""
            if self.cycle is None:
                self.loop.call_later(FIRST_S, self._shut)
            elif self.cycle.response_complete:
                self.loop.call_later(NEXT_S, self._shut)
            else:
                super().shutdown()

        def _shut(self) -> None:
            if not self.transport.is_closing():
                super().shutdown()

    GracefulTimeout.default = KILL_S
    ours = {"timeout_graceful_shutdown": FINISH_S, "http": Lingering}
    UvicornWorker.CONFIG_KWARGS = UvicornWorker.CONFIG_KWARGS | ours
