"""`python -m tests.bench [--quick] [--out FILE]`: measures all, a few minutes long, and writes the JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model_cache.processors import processors
from tests.bench import cold, cost, engine, growth, load, size
from tests.bench.servers import PEERS_PYTHON
from tests.bench.setting import QUICK, Effort, Setting, percentile, prepare, spread
from tests.support.server import ROOT

_OUT = ROOT / "docs" / "bench.json"
_FOLDER = ROOT / ".bench"
_PACKAGES = ("onnxruntime", "numpy", "opencv-python-headless", "torch", "ultralytics-opencv-headless")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a minute or two; for the bench's own sake, not its figures"
    )
    parser.add_argument("--out", type=Path, default=_OUT)
    parser.add_argument("--no-size", action="store_true", help="do not install the packages anew to measure them")
    chosen = parser.parse_args()
    if not PEERS_PYTHON.exists():
        sys.exit("The peers are not installed: make bench does that.")
    began = time.time()
    with prepare(_FOLDER) as setting:
        found = _measure(setting, QUICK if chosen.quick else Effort())
    if not chosen.no_size:
        found["installed_mb"] = size.megabytes()
    found = {"machine": _machine(quick=chosen.quick, began=began), **found}
    chosen.out.write_text(json.dumps(_rounded(found), indent=1) + "\n")
    print(f"{chosen.out} is written; python -m docs.fill puts it into the README.")


def _measure(setting: Setting, effort: Effort) -> dict[str, Any]:
    contenders = setting.contenders()
    ours, checkpoint = contenders[0], setting.ours(setting.checkpoint())
    starters = (*contenders, checkpoint)
    seconds: dict[str, list[float]] = {one.name: [] for one in starters}
    cold.seconds(setting, ours)  # the first of all reads every file from disk
    for _ in tqdm(range(effort.cold), "cold starts"):
        for one in starters:
            seconds[one.name].append(cold.seconds(setting, one))
    phases = [cold.phases(setting, ours) for _ in tqdm(range(effort.cold), "their phases")]
    rounds: dict[str, list[dict[str, Any]]] = {one.name: [] for one in contenders}
    engine_s: list[float] = []
    engine_one_s: list[float] = []
    for _ in tqdm(range(effort.rounds), "rounds"):
        for one in tqdm(contenders, "servers", leave=False):
            rounds[one.name].append(load.measure(setting, one, effort))
            if one is ours:
                engine_s += engine.seconds(setting.onnx(), effort.warm)
                engine_one_s += engine.seconds(setting.onnx(), effort.warm, THREADS="1")
    grown = growth.requests(setting, ours, effort.warm // 3)
    grown["models"] = growth.models(setting, ours, max(effort.cold // 2, 1))
    return {
        "cold": {name: spread(values) for name, values in seconds.items()},
        "phases": cold.median_phases(phases),
        "engine_ms": percentile(engine_s, 0.5) * 1e3,
        "engine_one_thread_ms": percentile(engine_one_s, 0.5) * 1e3,
        "servers": {one.name: _summary(rounds[one.name]) for one in contenders},
        "growth": grown,
    }


def _summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    single = [seconds * 1e3 for one in rounds for seconds in one["single"]]
    levels = {
        clients: {
            key: statistics.median(one["levels"][clients][key] for one in rounds)
            for key in ("per_second", "p50_ms", "p95_ms")
        }
        | {"errors": sum(one["levels"][clients]["errors"] for one in rounds)}
        for clients in rounds[0]["levels"]
    }
    names = list(rounds[0]["parts"][0])
    parts = {name: percentile([part[name] for one in rounds for part in one["parts"]], 0.5) for name in names}
    megabytes = max(one["megabytes"] for one in rounds)
    best = max(level["per_second"] for level in levels.values())
    return {
        "p50_ms": percentile(single, 0.5),
        "p95_ms": percentile(single, 0.95),
        "parts_ms": parts,
        "clients": levels,
        "megabytes": megabytes,
        "dollars_a_million": {
            "busy": cost.million(best, megabytes),
            "one at a time": cost.million(1e3 / percentile(single, 0.5), megabytes),
        },
    }


def _machine(*, quick: bool, began: float) -> dict[str, Any]:
    cpu = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in cpu.splitlines() if line.startswith("model name")]
    return {
        "quick": quick,
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "minutes": (time.time() - began) / 60,
        "load_at_end": os.getloadavg()[0],
        "processor": names[0] if names else platform.processor(),
        "processors": processors(),
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
    }


def _rounded(value: Any) -> Any:
    """Three decimals are more than it is exact to."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
