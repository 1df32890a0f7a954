"""What Prometheus asks for: counts of exchanges, and at the time of the question the state of what works."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from time import time

from handlers.observe.exchange import Exchange
from handlers.observe.exposition import Family, Histogram, Sample
from handlers.places import Places
from handlers.versions import VERSION, seconds_alive
from model_cache.cache import Snapshot

FAMILIES = (
    Family("yolo_info", "gauge", "always 1; label `version`"),
    Family("yolo_requests_total", "counter", "requests answered; labels `route`, `model`, `status`"),
    Family("yolo_request_seconds", "histogram", "from a request's arrival to its answer's end; label `route`"),
    Family(
        "yolo_phase_seconds",
        "histogram",
        "parts of a prediction; label `phase`: decode, preprocess, inference, postprocess, render, serialise, total",
    ),
    Family("yolo_frames_total", "counter", "pictures and videos' frames predicted; label `model`"),
    Family("yolo_request_bytes_total", "counter", "bytes of requests' bodies"),
    Family("yolo_response_bytes_total", "counter", "bytes of answers' bodies"),
    Family("yolo_cold_starts_total", "counter", "predictions whose model had to be loaded first; label `model`"),
    Family("yolo_failed_keys_total", "counter", "requests with a wrong key"),
    Family("yolo_queue_length", "gauge", "requests let in that do not predict just now: they wait, or are prepared"),
    Family("yolo_predictions_running", "gauge", "predictions at work, of at most CONCURRENCY"),
    Family("yolo_cache_hits_total", "counter", "requests for a model that was in memory"),
    Family("yolo_cache_load_seconds", "summary", "loads of models, and what they took: `_count` and `_sum`"),
    Family("yolo_cache_load_failures_total", "counter", "loads of models that failed"),
    Family("yolo_cache_evictions_total", "counter", "models that left memory for others"),
    Family("yolo_cache_models", "gauge", "models in memory"),
    Family("yolo_cache_bytes", "gauge", "what they take"),
    Family("yolo_cache_limit_bytes", "gauge", "what they may take, CACHE_MB"),
    Family("process_start_time_seconds", "gauge", "start of the process, in Unix time"),
    Family("process_cpu_seconds_total", "counter", "processor time of the process"),
    Family("process_resident_memory_bytes", "gauge", "memory of the process; on Linux alone"),
)


_STARTED = time() - seconds_alive()


class Metrics:
    """Labels are bounded: routes are templates, models those of the store that have predicted."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._routes: defaultdict[str, Histogram] = defaultdict(Histogram)
        self._phases: defaultdict[str, Histogram] = defaultdict(Histogram)
        self._frames: Counter[str] = Counter()
        self._cold: Counter[str] = Counter()
        self._bytes_in = self._bytes_out = 0

    def note(self, exchange: Exchange) -> None:
        """Count an exchange that has ended. To be called by one thread alone."""
        self._requests[exchange.route, exchange.model, exchange.status] += 1
        self._routes[exchange.route].add(exchange.seconds)
        self._bytes_in += exchange.bytes_in
        self._bytes_out += exchange.bytes_out
        if exchange.frames:
            self._frames[exchange.model] += exchange.frames
            for phase, ms in exchange.timing.ms.items():
                self._phases[phase].add(ms / 1e3)
            self._phases["total"].add(exchange.seconds)
        if exchange.cold:
            self._cold[exchange.model] += 1

    def text(self, snapshot: Snapshot, places: Places, failed_keys: int) -> str:
        """All families, in Prometheus' format; one without a number has its description alone."""
        found = defaultdict(list)
        for name, sample in (*self._counted(), *_state(snapshot, places, failed_keys), *_process()):
            found[name].append(sample)
        return "".join(family.text(found[family.name]) for family in FAMILIES)

    def _counted(self) -> Iterator[tuple[str, Sample]]:
        for (route, model, status), count in self._requests.items():
            yield "yolo_requests_total", Sample(count, {"route": route, "model": model, "status": str(status)})
        for route, histogram in self._routes.items():
            yield from (("yolo_request_seconds", one) for one in histogram.samples({"route": route}))
        for phase, histogram in self._phases.items():
            yield from (("yolo_phase_seconds", one) for one in histogram.samples({"phase": phase}))
        for name, counts in (("yolo_frames_total", self._frames), ("yolo_cold_starts_total", self._cold)):
            yield from ((name, Sample(count, {"model": model})) for model, count in counts.items())
        yield "yolo_request_bytes_total", Sample(self._bytes_in, {})
        yield "yolo_response_bytes_total", Sample(self._bytes_out, {})


def _state(snapshot: Snapshot, places: Places, failed_keys: int) -> Iterator[tuple[str, Sample]]:
    stats = snapshot.stats
    for name, value in (
        ("yolo_failed_keys_total", failed_keys),
        ("yolo_queue_length", places.waiting),
        ("yolo_predictions_running", places.running),
        ("yolo_cache_hits_total", stats.hits),
        ("yolo_cache_load_failures_total", stats.failures),
        ("yolo_cache_evictions_total", stats.evictions),
        ("yolo_cache_models", len(snapshot.loaded)),
        ("yolo_cache_bytes", snapshot.nbytes),
        ("yolo_cache_limit_bytes", snapshot.limit),
    ):
        yield name, Sample(value, {})
    yield "yolo_cache_load_seconds", Sample(stats.load_seconds, {}, "_sum")
    yield "yolo_cache_load_seconds", Sample(stats.loads, {}, "_count")


def _process() -> Iterator[tuple[str, Sample]]:
    yield "yolo_info", Sample(1, {"version": VERSION})
    yield "process_start_time_seconds", Sample(_STARTED, {})
    times = os.times()
    yield "process_cpu_seconds_total", Sample(times.user + times.system, {})
    try:
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
    except OSError:
        return
    yield "process_resident_memory_bytes", Sample(pages * os.sysconf("SC_PAGE_SIZE"), {})
