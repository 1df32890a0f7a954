from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from ultralytics.data.loaders import LoadImagesAndVideos

from handlers.errors import BadRequest
from handlers.video import open_video
from tests.handlers.video import films
from tests.handlers.video.films import FRAMES, LIMIT, NAMES, by_opencv, film, ours, same
from tests.handlers.video.memory import numbers


@pytest.mark.parametrize("stride", [1, 2, 3, 7])
@pytest.mark.parametrize("name", NAMES)
def test_frames_are_those_of_opencv_and_of_ultralytics(name: str, stride: int, tmp_path: Path) -> None:
    data = film(name)
    frames = ours(data, stride)
    decoded = by_opencv(data, tmp_path, name)
    stated = int(cv2.VideoCapture(str(tmp_path / name)).get(cv2.CAP_PROP_FRAME_COUNT))
    # A program stream states no number: OpenCV derives it from times, and ultralytics stops where that says.
    assert stated == FRAMES or name.endswith((".mpg", ".mpeg"))
    assert len(decoded) == FRAMES
    assert len(frames) == min(stated, FRAMES) // stride
    assert same(frames, decoded[stride - 1 :: stride][: len(frames)])
    loader = LoadImagesAndVideos(str(tmp_path / name), batch=1, vid_stride=stride)
    assert same(frames, [image for _, images, _ in loader for image in images])


@pytest.mark.parametrize("name", NAMES)
def test_frames_are_bgr_of_8_bits(name: str) -> None:
    with open_video(film(name), max_pixels=LIMIT) as video:
        assert video.shape == (48, 64)
        assert video.fps == pytest.approx(50 if name == "MPG1.ts" else 25)
        for number, frame in enumerate(video):
            assert frame.shape == (48, 64, 3)
            assert frame.dtype == np.uint8
            if number == 0:
                assert abs(int(frame[2, -2, 0]) - 255) < 40
                assert frame[2, -2, 2] < 80


@pytest.mark.skipif(not find_spec("av"), reason="PyAV is not installed")
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_frames_that_are_stored_out_of_order_come_in_order(codec: str, tmp_path: Path) -> None:
    import av

    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for number in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(films.picture(number, 96, 128), format="bgr24")))
        container.mux(stream.encode(None))
    loader = LoadImagesAndVideos(str(path), batch=1, vid_stride=2)
    theirs = [image for _, images, _ in loader for image in images]
    assert len(theirs) == FRAMES // 2
    assert same(ours(path.read_bytes(), 2), theirs)


def test_several_films_can_be_read_at_once() -> None:
    data = film("mp4v.mp4", 60)
    alone = ours(data)
    with ThreadPoolExecutor(4) as pool:
        assert all(same(frames, alone) for frames in pool.map(ours, [data] * 8))


def test_frames_are_kept_by_who_keeps_them() -> None:
    frames = ours(film("mp4v.mp4"))
    assert not np.array_equal(frames[0], frames[-1])


def test_a_still_gif_has_one_frame() -> None:
    assert len(ours(films.gif(1))) == 1


def test_more_stride_than_frames_gives_none() -> None:
    assert ours(film("mp4v.mp4"), stride=FRAMES + 1) == []


def test_a_turned_phone_film_comes_upright(tmp_path: Path) -> None:
    data = film("mp4v.mp4")
    straight = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    quarter = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    at = data.index(straight, data.index(b"tkhd"))
    turned = data[:at] + quarter + data[at + len(quarter) :]
    with open_video(turned, max_pixels=LIMIT) as video:
        assert video.shape == (64, 48)
        frames = list(video)
    assert same(frames, by_opencv(turned, tmp_path, "turned.mp4"))
    assert np.array_equal(frames[5], cv2.rotate(ours(data)[5], cv2.ROTATE_90_CLOCKWISE))


@pytest.mark.parametrize("part", [0.6, 0.9])
@pytest.mark.parametrize("name", ["MJPG.avi", "VP80.webm", "MPG2.ts", "WMV2.wmv", "FFV1.mkv", "MPG1.mpg"])
def test_a_film_that_breaks_off_gives_what_came_before(name: str, part: float, tmp_path: Path) -> None:
    data = film(name)[: int(len(film(name)) * part)]
    path = tmp_path / name
    path.write_bytes(data)
    loader = LoadImagesAndVideos(str(path), batch=1, vid_stride=2)
    theirs = [image for _, images, _ in loader for image in images]
    assert 0 < len(theirs) < FRAMES
    assert same(ours(data, 2), theirs)


@pytest.mark.parametrize("seed", range(8))
def test_damage_in_the_middle_is_answered_as_by_ultralytics(seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    data = bytearray(film("mp4v.mp4", 60))
    for at in random.integers(2000, len(data) - 3000, 20):
        data[at] ^= 1 << int(random.integers(8))
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    loader = LoadImagesAndVideos(str(path), batch=1, vid_stride=1)
    theirs = [image for _, images, _ in loader for image in images]
    try:
        frames = ours(bytes(data))
    except BadRequest:
        frames = []
    assert len(frames) == len(theirs)


MEMORY = """
from handlers.video import open_video
data = open(sys.argv[1], "rb").read()
def read(count):
    with open_video(data, max_pixels=10**8) as video:
        for number, frame in enumerate(video):
            if number == count:
                break
    return number + 1, peak()
print(*read(49), *read(10**9))
"""


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    path = tmp_path / "long.avi"
    path.write_bytes(film("MJPG.avi", 500, 240, 320))
    few, early, many, late = numbers(MEMORY, str(path))
    assert (few, many) == (50, 500)
    assert late - early < 16_000  # kB; 450 frames of 230 kB would be 100,000
