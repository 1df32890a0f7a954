"""Run lengths of masks; larger ones are compared with supervision's in tests/clients/roboflow."""

from __future__ import annotations

import numpy as np
import pytest

from handlers import rle


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        (["0000", "0110", "0110", "0000"], "52203"),  # supervision's own example: 5, 2, 2, 2, 5
        (["1111"] * 4, "0`0"),  # 0, 16: the first run is of zeros
        (["0000"] * 4, "`0"),  # 16, in two groups, lest its highest bit be taken for a sign
        (["10"], "011"),
        (["0100"], "112"),
    ],
)
def test_encode(rows: list[str], counts: str) -> None:
    assert rle.encode(np.array([[*map(int, row)] for row in rows], np.uint8)) == counts
