"""Labels and their plates: inside the picture, legible, beside each other."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from handlers.render import draw, labels, lettering
from handlers.render.labels import Label, draw_labels, font_size
from handlers.render.palette import BLACK, PALETTE, WHITE, ink_on, luminance
from handlers.schema import Style
from model_cache.prediction import Prediction
from tests.handlers.render.drawing import GREY, classified, plain


def labelled(height: int, width: int, name: str, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """The pixels that one label changes."""
    picture = plain(height, width)
    draw_labels(picture, [Label(name, "0.92", PALETTE[0], box, box[0])])
    where: NDArray[np.bool_] = (picture != GREY).any(2)
    return where


@pytest.mark.parametrize("name", ["person", "a name far too long for its box, and for most pictures too"])
@pytest.mark.parametrize("side", [16, 24, 64, 300, 1000, 4000])
def test_a_label_is_whole_wherever_its_box_is(side: int, name: str) -> None:
    size = side // 4
    for left in (0, side // 2, side - size):
        for top in (0, side // 2, side - size):
            where = labelled(side, side, name, (left, top, left + size, top + size))
            fitted = lettering.fit(name, "0.92", side, font_size(side, side), lettering.smaller(font_size(side, side)))
            assert fitted is not None
            assert where.sum() == lettering.width_at(*fitted) * lettering.height_at(fitted[1])


def test_a_label_is_above_its_box_or_inside_at_its_top() -> None:
    high = lettering.height_at(font_size(480, 640))
    above = np.flatnonzero(labelled(480, 640, "person", (100, 200, 300, 400)).any(1))
    assert (above[0], above[-1]) == (200 - high, 199)
    inside = np.flatnonzero(labelled(480, 640, "person", (100, high - 1, 300, 400)).any(1))
    assert (inside[0], inside[-1]) == (high - 1, 2 * high - 2)


def test_a_label_is_moved_left_at_the_right_border() -> None:
    columns = np.flatnonzero(labelled(480, 640, "person", (630, 200, 640, 400)).any(0))
    assert columns[-1] == 639


def test_a_picture_too_small_for_a_letter_has_no_label() -> None:
    assert not labelled(5, 300, "person", (0, 0, 5, 5)).any()
    assert not labelled(300, 4, "person", (0, 0, 4, 4)).any()


def test_labels_make_room_for_each_other() -> None:
    box = (200, 200, 400, 400)
    many = [Label("person", f"0.{i}", PALETTE[i], box, 200) for i in range(4)]
    picture = plain(480, 640)
    draw_labels(picture, many)
    size = font_size(480, 640)
    for label in many:
        plate = lettering.height_at(size) * lettering.width_at(f"{label.name} {label.number}", size)
        inked = lettering.letters(f"{label.name} {label.number}", size) > 0
        assert (picture == label.colour).all(2).sum() == plate - inked.sum(), "the whole plate can be seen"


def test_a_label_that_would_be_covered_is_left_out() -> None:
    picture = plain(16, 64)
    draw_labels(picture, [Label("person", "0.9", PALETTE[i], (0, 0, 64, 16), 0) for i in range(9)])
    colours = {tuple(c) for c in picture.reshape(-1, 3).tolist()} & set(PALETTE)
    assert PALETTE[0] in colours
    assert len(colours) < 9


def test_labels_off() -> None:
    rows = np.array([[100, 100, 300, 300]], np.float32)
    one, first = np.array([0.9], np.float32), np.array([0], np.int64)
    box = Prediction("detect", {0: "person"}, (480, 640), rows, one, first)
    with_label, without = draw(plain(480, 640), box), draw(plain(480, 640), box, Style(labels=False))
    assert (with_label[:100] != GREY).any(2).sum() > 1000
    assert not (without[:98] != GREY).any()
    # The list of a classification is all that its picture has to show.
    listed = draw(plain(480, 640), classified(480, 640), Style(labels=False))
    assert (listed != GREY).any()
    assert (listed == draw(plain(480, 640), classified(480, 640))).all()


@pytest.mark.parametrize("colour", PALETTE)
def test_ink_can_be_read_on_every_colour(colour: tuple[int, int, int]) -> None:
    ink = ink_on(colour)
    assert ink in (BLACK, WHITE)
    light, dark = sorted((luminance(ink), luminance(colour)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
    plate = labels.plate("person 0.92", 40, colour)
    assert (plate == ink).all(2).any()
    assert (plate[0] == colour).all()


def test_luminance_is_that_of_wcag() -> None:
    assert luminance(WHITE) == pytest.approx(1)
    assert luminance(BLACK) == 0
    assert luminance((0, 0, 255)) == pytest.approx(0.2126), "red, in BGR"
    assert luminance((128, 128, 128)) == pytest.approx(0.2159, abs=1e-4)
