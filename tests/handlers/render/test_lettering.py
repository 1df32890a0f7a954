"""Names of every kind become text that can be drawn and read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from handlers.render import draw, lettering
from model_cache.prediction import Prediction
from tests.handlers.render.drawing import classified, plain

HOSTILE = [
    "",
    " ",
    "\x00\x1b[31m\r\n\t",
    "\ud800 lone \udfff",
    "行人",
    "Пешеход",
    "מכונית",
    "سيارة",
    "🚗👩\u200d👧",
    "\u202egnp.exe",
    "e" + "\u0301" * 500,
    "x" * 100_000,
    "%s {0} \\n",
    "\U0010ffff",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_any_name_can_be_drawn(name: str) -> None:
    for height, width in ((16, 16), (240, 320)):
        box = np.array([[10, 5, 15, 15]], np.float32)
        names = {0: name}
        one = Prediction("detect", names, (height, width), box, np.array([0.5], np.float32), np.array([0], np.int64))
        assert draw(plain(height, width), one).shape == (height, width, 3)
        assert draw(plain(height, width), classified(height, width, name)).shape == (height, width, 3)


@given(st.text(st.characters(), max_size=300))
@settings(max_examples=300, deadline=None)
def test_a_cleaned_name_is_short_printable_and_can_be_drawn(name: str) -> None:
    text = lettering.clean(name)
    assert len(text) <= 64
    assert text.isprintable()
    assert text == text.strip()
    assert lettering.letters(text, 12).shape == (lettering.height_at(12), lettering.width_at(text, 12))


def test_cleaning_keeps_what_can_be_read() -> None:
    assert lettering.clean("traffic\n\tlight\x07 ") == "traffic light"
    assert lettering.clean("行人 Straße Пешеход") == "行人 Straße Пешеход"
    assert lettering.clean("a" * 65) == "a" * 63 + "…"


@pytest.mark.parametrize("text", ["行人", "Пешеход", "Ελλάδα", "보행자", "שלום", "é"])
def test_other_scripts_have_letters_of_their_own(text: str) -> None:
    assert (lettering.letters(text, 30) > 0).any()
    unknown = "?" * len(text)
    same = lettering.width_at(text, 30) == lettering.width_at(unknown, 30)
    assert not (same and (lettering.letters(text, 30) == lettering.letters(unknown, 30)).all())


def test_right_to_left_names_run_from_right_to_left() -> None:
    def glyphs(text: str) -> list[NDArray[np.uint8]]:
        """The parts that empty columns separate, from left to right."""
        ink = lettering.letters(text, 60)
        full = np.flatnonzero((ink > 0).any(0))
        return [ink[:, run[0] : run[-1] + 1] for run in np.split(full, np.flatnonzero(np.diff(full) > 1) + 1)]

    (alef,), (lamed,) = glyphs("א"), glyphs("ל")
    left, right = glyphs("א ל")
    assert np.array_equal(left, lamed)
    assert np.array_equal(right, alef)
    assert np.array_equal(glyphs("אל 0.92")[1], alef), "the number stays at the right, in its own order"


def test_text_is_shortened_in_the_order_letters_name_number() -> None:
    wide = lettering.width_at("traffic light 0.92", 20)
    assert lettering.fit("traffic light", "0.92", wide, 20, 14) == ("traffic light 0.92", 20)
    shrunk = lettering.fit("traffic light", "0.92", wide - 20, 20, 14)
    assert shrunk is not None
    assert shrunk[0] == "traffic light 0.92"
    assert 14 <= shrunk[1] < 20
    cut = lettering.fit("traffic light", "0.92", wide // 2, 20, 14)
    assert cut is not None
    assert cut[1] == 14
    assert cut[0].startswith("tr")
    assert cut[0].endswith("… 0.92")
    least = lettering.fit("traffic light", "0.92", 40, 20, 14)
    assert least is not None
    assert least[0].endswith("…")
    assert lettering.fit("traffic light", "0.92", 10, 20, 14) is None


def test_many_threads_draw_the_same() -> None:
    lettering.letters.cache_clear()
    prediction = classified(240, 320)
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda _: draw(plain(240, 320), prediction), range(64)))
    assert all((picture == pictures[0]).all() for picture in pictures)
