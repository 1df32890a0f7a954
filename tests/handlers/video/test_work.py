from __future__ import annotations

from pathlib import Path

import pytest

from handlers.errors import TooLarge
from handlers.video import open_video, reader
from tests.handlers.video.bombs import blank_gif
from tests.handlers.video.films import LIMIT, by_opencv, film, ours, same


def test_a_long_stride_leaves_others_their_turn() -> None:
    with open_video(blank_gif(2000, 60), max_pixels=LIMIT, stride=60) as video:
        shapes = [None if frame is None else frame.shape for frame in video.turns()]
    assert shapes == [None, None, (2000, 2000, 3)]


def test_a_usual_film_needs_no_turns_between() -> None:
    with open_video(film("mp4v.mp4"), max_pixels=LIMIT, stride=5) as video:
        assert all(frame is not None for frame in video.turns())


@pytest.mark.parametrize("stride", [1, 50])
def test_all_frames_together_are_limited(stride: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = blank_gif(1000, 50)
    assert len(ours(data, stride)) == 50 // stride
    monkeypatch.setattr(reader, "_FREE_PIXELS", 10_000_000)
    monkeypatch.setattr(reader, "_PIXELS_OF_A_BYTE", 1000)
    with pytest.raises(TooLarge, match="too much work for its size"):
        ours(data, stride)


def test_a_long_film_may_be_strided_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is free, but its bytes pay for it."""
    monkeypatch.setattr(reader, "_FREE_PIXELS", 0)
    assert len(ours(film("mp4v.mp4", 500), 100)) == 5


@pytest.mark.parametrize("name", ["MJPG.avi", "mp4v.mp4", "VP80.webm"])
def test_large_films_are_read_beside_small_ones(name: str, tmp_path: Path) -> None:
    data = film(name, 3, 4000, 5000)
    with open_video(data, max_pixels=LIMIT) as video:
        frames = iter(video)
        read = [next(frames)]
        assert ours(film("mp4v.mp4"))
        read += frames
    assert same(read, by_opencv(data, tmp_path, name))
