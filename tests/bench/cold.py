"""From the start of the process to the first right answer, and when each phase of it ends."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.clients import detections
from tests.bench.servers import Contender, Running
from tests.bench.setting import Setting

_LOOK_S = 0.002


def seconds(setting: Setting, contender: Contender) -> float:
    """To the first answer over HTTP; RuntimeError if it is not the right one."""
    with (
        tempfile.TemporaryDirectory(dir=setting.folder) as cache,
        contender.serve(setting.folder, CACHE_DIR=cache) as on,
    ):
        answer = on.connect().predict(setting.body)
        took = time.perf_counter() - on.began
    if len(detections(answer)) != setting.detections:
        raise RuntimeError(f"{contender.name} finds {len(detections(answer))} of {setting.detections}")
    return took


def phases(setting: Setting, ours: Contender) -> dict[str, float]:
    """Seconds after the start at which we listen, the weights are there, the session is open, and we have answered.

    Who watches costs a little, so that these are taken in runs of their own.
    """
    with tempfile.TemporaryDirectory(dir=setting.folder) as cache, ours.serve(setting.folder, CACHE_DIR=cache) as on:
        ends: dict[str, float] = {}
        watchers = [
            threading.Thread(target=_note, args=(on, ends, "fetched", lambda: _appears(Path(cache)))),
            threading.Thread(target=_note, args=(on, ends, "loaded", lambda: on.connect().get("/health?load=1"))),
        ]
        for watcher in watchers:
            watcher.start()
        client = on.connect()
        ends["listening"] = time.perf_counter() - on.began
        client.predict(setting.body)
        ends["answered"] = time.perf_counter() - on.began
        for watcher in watchers:
            watcher.join()
    return ends


def _note(on: Running, ends: dict[str, float], name: str, wait: Callable[[], object]) -> None:
    wait()
    ends[name] = time.perf_counter() - on.began


def _appears(folder: Path, patience_s: float = 60.0) -> None:
    end = time.perf_counter() + patience_s
    while time.perf_counter() < end and not any(path.suffix != ".part" for path in folder.glob("weights-*")):
        time.sleep(_LOOK_S)


def median_phases(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """By the middle of each phase's ends."""
    middle = len(runs) // 2
    return {name: sorted(run[name] for run in runs)[middle] for name in ("listening", "fetched", "loaded", "answered")}
