"""Fill in the tables of the README and of some pages beside it from what they are about: `python -m docs.fill`.

A table stands between `<!-- NAME -->` and `<!-- end -->`; a test fails where one is out of date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from docs import plots
from handlers.observe.metrics import FAMILIES
from handlers.settings import VARIABLES
from model_cache.builtin import WEIGHTS

README = Path(__file__).parents[1] / "README.md"
PAGES = (README, *(Path(__file__).parent / name for name in ("publish.md", "observe.md")))
PARITY = Path(__file__).parent / "parity.json"
BENCH = Path(__file__).parent / "bench.json"
PRECISION_COSTS = Path(__file__).parent / "precisions.json"
_BLOCK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _settings() -> str:
    rows = ((f"`{variable.name}`", variable.shown, variable.meaning) for variable in VARIABLES)
    return _table(("variable", "default", "meaning"), rows)


def _metrics() -> str:
    rows = ((f"`{family.name}`", family.kind, family.meaning) for family in FAMILIES)
    return _table(("name", "kind", "meaning"), rows)


def _scores() -> str:
    card = json.loads((WEIGHTS / "card.json").read_text())
    rows = (
        (f"`{name}`", ", ".join(f"{kind} {value:.3f}" for kind, value in of["scores"].items()))
        for name, of in card.items()
    )
    return _table(("model", "scores"), rows)


def _parity() -> str:
    measured = json.loads(PARITY.read_text())
    rows = (
        (
            f"`{model}`",
            found["detections"],
            f"{found['box']:.4f}",
            f"{found['confidence']:.1e}",
            f"{found['point']:.4f}" if "pose" in model else "",
            f"{found['overlap']:.4f}" if "segment" in model else "",
        )
        for model, found in measured.items()
    )
    head = ("file", "compared", "box, px", "confidence", "key point, px", "mask IoU")
    return _table(head, rows) + "\nThe greatest difference of any detection; for masks, the least overlap.\n"


def _bench() -> str:
    if not BENCH.exists():
        return "Not measured yet: `make bench`.\n"
    measured = json.loads(BENCH.read_text())
    head = (
        "server, weights",
        "cold start, s",
        "one client, p50, ms",
        "8 clients, pictures/s",
        "memory, MB",
        "$/million",
    )
    rows = []
    for name, found in measured["servers"].items():
        eight = found["clients"]["8"]
        failed = f" ({eight['errors']} errors)" if eight["errors"] else ""
        rows.append(
            (
                f"**{name}**" if name.startswith("ours") else name,
                f"{measured['cold'][name]['median']:.2f}",
                f"{found['p50_ms']:.0f}",
                f"{eight['per_second']:.1f}{failed}",
                f"{found['megabytes']:.0f}",
                f"{found['dollars_a_million']['busy']:.2f}",
            )
        )
    rows += [
        (f"**{name}**" if name.startswith("ours") else name, f"{found['median']:.2f}", "", "", "", "")
        for name, found in measured["cold"].items()
        if name not in measured["servers"]
    ]
    return _table(head, rows) + "\n" + _about(measured)


def _about(measured: dict[str, Any]) -> str:
    machine = measured["machine"]
    quick = "**A quick run, for the table's shape only.** " if machine["quick"] else ""
    return (
        f"{quick}{machine['processors']} processors ({machine['processor']}), {machine['date']}; YOLO26n at 640, a "
        f"picture of 810 x 1080; medians. Ours fetches its weights from a bucket on the same machine, the peers have "
        f"them on disk. ONNX Runtime alone takes {measured['engine_ms']:.0f} ms for the tensor, with one thread "
        f"{measured['engine_one_thread_ms']:.0f}. Dollars: Cloud Run's request billing, 2 vCPU, fully used.\n"
    )


def _precisions() -> str:
    rows = (
        (
            *(f"`{part}`" for part in model.split()),
            f"{of['size']:.0%}",
            f"{of['found']} of {of['expected']}, {of['extra']} more",
            f"{of['box_mean']:.2f}, {of['box']:.1f}",
            f"{of['confidence_mean']:.4f}, {of['confidence']:.3f}",
            f"{of['point']:.1f}" if "pose" in model else "",
            f"{of['overlap']:.3f}" if "segment" in model else "",
            f"{of['agreement']:.3f}",
        )
        for model, of in json.loads(PRECISION_COSTS.read_text()).items()
    )
    spread = ("box, px: mean, most", "confidence: mean, most", "key point, px", "mask IoU", "agreement")
    return _table(("model", "precision", "size", "found", *spread), rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings": _settings,
    "metrics": _metrics,
    "scores": _scores,
    "parity": _parity,
    "bench": _bench,
    "precisions": _precisions,
}


def draw() -> None:
    """The plots of what was measured, if it was."""
    if BENCH.exists():
        measured = json.loads(BENCH.read_text())
        for name, plot in (("cold", plots.cold), ("clients", plots.clients)):
            (BENCH.parent / f"bench-{name}.svg").write_text(plot(measured))


def filled(text: str) -> str:
    """The text with every table made anew."""
    return _BLOCK.sub(lambda block: block[1] + TABLES[block[2]]() + block[3], text)


if __name__ == "__main__":
    draw()
    for page in PAGES:
        page.write_text(filled(page.read_text()))
