"""What models were asked, as this process has seen it: one record a request, the newest few thousand.

It starts empty with the process and is lost with it; a service of several instances counts in each of them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import time

from handlers.observe.exchange import Exchange

_KEPT = 20_000  # records; a few megabytes


@dataclass(frozen=True, slots=True)
class Record:
    """One answer. at: Unix time in seconds; model: the id of the model that was asked, where it came as far as that;
    endpoint: what the path of a dedicated endpoint says of it, such as ("acme", "helmets"), or nothing; ms: from the
    request's arrival to the answer's end.
    """

    at: float
    model: str
    endpoint: tuple[str, ...]
    status: int
    ms: float


class Traffic:
    def __init__(self) -> None:
        self._started = time()
        self._records: deque[Record] = deque(maxlen=_KEPT)

    def note(self, exchange: Exchange) -> None:
        """Record the exchange if a model was asked for a prediction, in whatever dialect; or if it was refused before
        at a dedicated endpoint, which stands for a model: /predict, /api/deployments/.../predict.

        A 404 is not recorded: it belongs to no model. Nor is what nobody with a key has asked: strangers could fill
        the records.
        """
        if exchange.status == 404 or exchange.caller is None:
            return
        endpoint = exchange.method == "POST" and _is_endpoint(exchange.path)
        if exchange.model or endpoint:
            found = exchange.parameters
            named = tuple(found[name] for name in ("owner", "model") if name in found)
            self.add(Record(time(), exchange.model, named, exchange.status, exchange.seconds * 1000))

    def add(self, record: Record) -> None:
        self._records.append(record)

    def since(self, at: float) -> tuple[float, list[Record]]:
        """The records from a Unix time on, and from when on they are complete: that time or a later one."""
        records = list(self._records)
        complete = self._started if len(records) < _KEPT else records[0].at
        return max(at, complete), [record for record in records if record.at >= at]


TRAFFIC = Traffic()


def _is_endpoint(path: str) -> bool:
    return path == "/predict" or (path.startswith("/api/deployments/") and path.endswith("/predict"))
