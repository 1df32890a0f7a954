"""The plate with a classification's likeliest classes."""

from __future__ import annotations

import numpy as np
import pytest

from handlers.render import draw
from handlers.render.labels import font_size
from handlers.render.palette import PALETTE
from model_cache.prediction import Prediction
from tests.handlers.render.drawing import GREY, classified, plain


@pytest.mark.parametrize(("height", "width"), [(16, 16), (24, 200), (200, 30), (240, 320), (3000, 4000)])
def test_the_likeliest_classes_stand_at_the_upper_left(height: int, width: int) -> None:
    picture = draw(plain(height, width), classified(height, width))
    rows, columns = (np.flatnonzero((picture != GREY).any(2).any(axis)) for axis in (1, 0))
    assert rows[0] <= font_size(height, width)
    assert columns[0] <= font_size(height, width)
    # A plate that is cut off by the border would not be a rectangle with a dark edge on every side.
    plate = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    edges = np.concatenate([plate[0], plate[-1], plate[:, 0], plate[:, -1]])
    assert (edges == edges[0]).all()


def test_five_classes_are_listed_likeliest_first() -> None:
    picture = draw(plain(480, 640), classified(480, 640))
    places = [np.flatnonzero((picture == PALETTE[i]).all(2).any(1)) for i in (1, 3, 2, 0, 4)]
    assert all(len(place) for place in places)
    assert [int(place[0]) for place in places] == sorted(int(place[0]) for place in places)
    assert not (picture == PALETTE[5]).all(2).any(), "the sixth"
    lengths = [(picture == PALETTE[i]).all(2).any(0).sum() for i in (1, 3, 2)]
    assert lengths[0] == pytest.approx(3 * lengths[1], abs=3)
    assert lengths[1] == pytest.approx(2 * lengths[2], abs=3)


def test_probabilities_that_are_none_are_no_trouble() -> None:
    for values in ([], [np.nan, np.inf, 0.5], [np.nan]):
        none = Prediction("classify", {}, (240, 320), probabilities=np.array(values, np.float32))
        assert draw(plain(240, 320), none).shape == (240, 320, 3)
    assert (draw(plain(240, 320), Prediction("classify", {}, (240, 320))) == GREY).all()
