"""The way to a model's input and back, beside ultralytics' own, over frames of all shapes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from ultralytics.data.augment import LetterBox
from ultralytics.utils import ops

from model_cache.letterbox import Letterbox

SIDES = st.integers(1, 3000)


@given(height=SIDES, width=SIDES, size=st.sampled_from([160, 256, 320, 352, 640]), fixed=st.booleans())
@example(height=771, width=618, size=320, fixed=False)
@example(height=1920, width=1057, size=640, fixed=False)
@example(height=1, width=3000, size=640, fixed=True)
def test_points_come_back_to_where_ultralytics_puts_them(height: int, width: int, size: int, fixed: bool) -> None:
    letterbox = Letterbox.fit((height, width), (size, size), None if fixed else 32)
    rng = np.random.default_rng(1)
    points = (rng.random((50, 2)) * letterbox.input[::-1]).astype(np.float32)
    expected = ops.scale_coords(letterbox.input, torch.from_numpy(points.copy()), (height, width)).numpy()
    np.testing.assert_allclose(letterbox.back().points_back(points), expected, rtol=1e-5, atol=1e-4)
    boxes = np.concatenate([points, points[::-1]], 1)
    scaled = ops.scale_boxes(letterbox.input, torch.from_numpy(boxes), (height, width), xywh=True).numpy()
    back = letterbox.back()
    np.testing.assert_allclose(back.points_back(points, clip=False), scaled[:, :2], rtol=1e-5, atol=2e-3)
    np.testing.assert_allclose(points[::-1] / back.gain, scaled[:, 2:], rtol=1e-5)


@pytest.mark.parametrize("shape", [(771, 618), (480, 640), (33, 500), (1200, 1199), (64, 64)])
def test_input_is_that_of_ultralytics(shape: tuple[int, int]) -> None:
    frame = np.random.default_rng(2).integers(0, 255, (*shape, 3), np.uint8)
    expected = LetterBox((320, 320), auto=True, stride=32)(image=frame)
    assert np.array_equal(Letterbox.fit(shape, (320, 320), 32).apply(frame), expected)
