"""What the tool prints: tables and JSON on standard output; progress, and what went wrong, on the other."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from infra.tool.errors import ToolError

Row = dict[str, Any]
_WIDTH = 24


def show(rows: Sequence[Row], *, as_json: bool, columns: Sequence[str]) -> None:
    """The rows as a table of these columns, or all that is in them as JSON."""
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    cells = [[str(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in ([column.upper() for column in columns], *cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def warn(text: str) -> None:
    print(text, file=sys.stderr)


class Progress:
    """How many of a command's steps are done: a bar that is redrawn on a terminal, a line for each step elsewhere."""

    def __init__(self, doing: str, steps: int, *, lines: bool = True) -> None:
        """lines: whether each step gets a line where there is no terminal."""
        self._doing = doing
        self._steps = steps
        self._lines = lines
        self._done = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._drawn = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def step(self, said: str) -> None:
        with self._lock:
            self._done += 1
            if self._drawn or self._lines:
                print("\r\033[K" * self._drawn + said, file=sys.stderr, flush=True)
            self._draw()

    def _draw(self) -> None:
        if self._drawn:
            full = _WIDTH * self._done // max(self._steps, 1)
            seconds = time.monotonic() - self._began
            bar = f"[{'#' * full}{'.' * (_WIDTH - full)}] {self._done}/{self._steps} {self._doing}, {seconds:.0f} s"
            print(f"\r\033[K{bar}", end="", file=sys.stderr, flush=True)


def for_each(regions: Sequence[str], doing: str, work: Callable[[str], Row], at_once: int = 8) -> list[Row]:
    """What `work` makes of each region, side by side; a failure is a row with an "error"."""
    with Progress(doing, len(regions)) as progress, ThreadPoolExecutor(at_once) as pool:

        def one(region: str) -> Row:
            began = time.monotonic()
            row: Row
            try:
                row = {"region": region, **work(region)}
            except ToolError as error:
                row = {"region": region, "error": str(error)}
            row["seconds"] = round(time.monotonic() - began, 1)
            if "command" not in row:
                progress.step(f"{region}: {row.get('error') or row['state']} ({row['seconds']} s)")
            return row

        return list(pool.map(one, regions))
