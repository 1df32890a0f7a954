"""What dedicated endpoints were asked, as this process has seen it: one record a request, the newest few thousand.

It starts empty with the process and is lost with it; a service of several instances counts in each of them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import perf_counter, time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT = 20_000  # records; a few megabytes


@dataclass(frozen=True, slots=True)
class Record:
    """One answer. at: Unix time in seconds; endpoint: what the path says of it, such as ("acme", "helmets"), or
    nothing; ms: from the request's arrival.
    """

    at: float
    endpoint: tuple[str, ...]
    status: int
    ms: float


class Traffic:
    def __init__(self) -> None:
        self._started = time()
        self._records: deque[Record] = deque(maxlen=_KEPT)

    def add(self, record: Record) -> None:
        self._records.append(record)

    def since(self, at: float) -> tuple[float, list[Record]]:
        """The records from a Unix time on, and from when on they are complete: that time or a later one."""
        records = list(self._records)
        complete = self._started if len(records) < _KEPT else records[0].at
        return max(at, complete), [record for record in records if record.at >= at]


TRAFFIC = Traffic()


class CountRequests:
    """Records every POST to a dedicated endpoint: /predict, and /api/deployments/.../predict.

    A 404 is not recorded: it belongs to no endpoint. Nor is what nobody with a key has asked: strangers could
    fill the records.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic = TRAFFIC) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not _is_endpoint(scope["path"]):
            await self._app(scope, receive, send)
            return
        started = perf_counter()

        async def counted(message: Message) -> None:
            # By now the router has noted the path's parts in the scope, and the pipeline that it knows the caller.
            if message["type"] == "http.response.start" and message["status"] != 404 and "caller" in scope:
                found = scope.get("path_params", {})
                endpoint = tuple(found[name] for name in ("owner", "model") if name in found)
                ms = (perf_counter() - started) * 1000
                self._traffic.add(Record(time(), endpoint, message["status"], ms))
            await send(message)

        await self._app(scope, receive, counted)


def _is_endpoint(path: str) -> bool:
    return path == "/predict" or (path.startswith("/api/deployments/") and path.endswith("/predict"))
