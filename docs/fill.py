"""Fill in the README's tables from what they are about: `python -m docs.fill`.

A table stands between `<!-- NAME -->` and `<!-- end -->`; a test fails where one is out of date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from handlers.settings import VARIABLES
from model_cache.builtin import WEIGHTS

README = Path(__file__).parents[1] / "README.md"
PARITY = Path(__file__).parent / "parity.json"
_BLOCK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _settings() -> str:
    rows = ((f"`{variable.name}`", variable.shown, variable.meaning) for variable in VARIABLES)
    return _table(("variable", "default", "meaning"), rows)


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


TABLES: dict[str, Callable[[], str]] = {"settings": _settings, "scores": _scores, "parity": _parity}


def filled(text: str) -> str:
    """The text with every table made anew."""
    return _BLOCK.sub(lambda block: block[1] + TABLES[block[2]]() + block[3], text)


if __name__ == "__main__":
    README.write_text(filled(README.read_text()))
