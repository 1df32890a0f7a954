from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from handlers.errors import BadRequest
from handlers.video import VideoWriter, is_video, open_video
from handlers.video.encoders import H264, VP8, best_encoder
from tests.handlers.video.films import LIMIT, ours, picture
from tests.handlers.video.memory import numbers

needs_av = pytest.mark.skipif(not find_spec("av"), reason="PyAV is not installed")
ENCODERS = [pytest.param(H264, marks=needs_av), VP8]
Kind = type[H264] | type[VP8]


pytestmark = pytest.mark.usefixtures("folder")


def written(kind: Kind, frames: int, *, fps: float = 25, stride: int = 1, shape: tuple[int, int] = (48, 64)) -> bytes:
    with VideoWriter(fps, stride=stride, encoder=kind) as writer:
        for number in range(frames):
            writer.write(picture(number, *shape))
        return writer.finish()


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("shape", [(48, 64), (49, 64), (48, 65), (241, 321)])
def test_what_is_written_reads_as_what_was_meant(kind: Kind, shape: tuple[int, int]) -> None:
    data = written(kind, 12, shape=shape)
    assert is_video(data)
    frames = ours(data)
    assert len(frames) == 12
    height, width = shape
    for number, frame in enumerate(frames):
        assert frame.shape == (height + height % 2, width + width % 2, 3)
        assert np.abs(frame[:height, :width].astype(int) - picture(number, *shape)).mean() < 14


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize(("fps", "stride"), [(25, 1), (30000 / 1001, 1), (30, 3), (12.5, 1), (10, 20)])
def test_it_plays_in_the_time_of_the_original(kind: Kind, fps: float, stride: int) -> None:
    with open_video(written(kind, 10, fps=fps, stride=stride), max_pixels=LIMIT) as video:
        assert video.fps == pytest.approx(fps / stride, rel=0.01)


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf"), 90_000.0, 1e-9])
def test_any_rate_that_a_file_may_state_can_be_written(kind: Kind, fps: float) -> None:
    assert len(ours(written(kind, 3, fps=fps))) == 3


@needs_av
def test_it_is_h264_in_an_mp4_that_plays_while_it_arrives(tmp_path: Path) -> None:
    data = written(H264, 10)
    assert data.index(b"moov") < data.index(b"mdat")
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    capture = cv2.VideoCapture(str(path))
    assert int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little") in (b"avc1", b"h264")
    assert int(capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT)).to_bytes(4, "little") == b"I420"  # yuv420p
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 10
    capture.release()


@needs_av
def test_h264_is_taken_where_it_can_be_had() -> None:
    assert best_encoder() is H264
    with VideoWriter(25) as writer:
        assert writer.media_type == "video/mp4"


@pytest.mark.parametrize("kind", ENCODERS)
def test_one_frame_and_one_pixel_are_enough(kind: Kind) -> None:
    assert ours(written(kind, 1, shape=(1, 1)))[0].shape == (4, 4, 3)


@pytest.mark.parametrize("kind", ENCODERS)
def test_no_frame_is_an_error_with_a_sentence(kind: Kind) -> None:
    with pytest.raises(BadRequest, match="stride"):
        written(kind, 0)


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_size_beyond_the_codec_is_told(kind: Kind) -> None:
    with pytest.raises(BadRequest, match="size"):
        written(kind, 1, shape=(2, 20_000))


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_abandoned_film_leaves_no_file(kind: Kind) -> None:
    with VideoWriter(25, encoder=kind) as writer:
        writer.write(picture(0))


@pytest.mark.parametrize("kind", ENCODERS)
def test_frames_of_several_sizes_are_a_mistake_of_ours(kind: Kind) -> None:
    with VideoWriter(25, encoder=kind) as writer:
        writer.write(picture(0))
        with pytest.raises(ValueError, match="a frame of"):
            writer.write(picture(1, 50, 64))


MEMORY = """
from handlers.video import VideoWriter
from tests.handlers.video.films import picture
with VideoWriter(25) as writer:
    for number in range(500):
        writer.write(picture(number, 240, 320))
        if number == 50:
            early = peak()
    data = writer.finish()
print(early, peak(), len(data))
"""


def test_memory_does_not_grow_with_the_length() -> None:
    early, late, size = numbers(MEMORY)
    assert late - early < 16_000 + 2 * size / 1000  # kB; 450 frames of 230 kB would be 100,000
