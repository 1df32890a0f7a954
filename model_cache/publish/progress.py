"""What is going on, for whoever watches: bars on a terminal, nothing where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


class Progress:
    """The steps of one model. Bars go to standard error, so that standard output holds the result alone."""

    def __init__(self, name: str, steps: int) -> None:
        self._name = name
        self._bar: tqdm[None] = tqdm(
            total=steps,
            desc=name,
            file=sys.stderr,
            disable=None,
            leave=False,
            bar_format="{desc} |{bar:20}| {n_fmt}/{total_fmt} {postfix} {elapsed}",
        )

    def step(self, what: str) -> None:
        """The next step begins."""
        self._bar.set_postfix_str(what, refresh=False)
        self._bar.update()

    @contextmanager
    def sending(self, size: int) -> Iterator[Callable[[int], object]]:
        """A bar of bytes; in the with block it is told how many more were sent."""
        with tqdm(
            total=size,
            desc=f"{self._name} upload",
            unit="B",
            unit_scale=True,
            file=sys.stderr,
            disable=None,
            leave=False,
        ) as bar:
            yield bar.update

    def close(self) -> None:
        self._bar.close()
