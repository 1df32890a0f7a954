"""Frames -> a video file. H.264 where PyAV is installed, VP8 by OpenCV otherwise.

All browsers play both. H.264 takes a quarter of the time and of the bytes; OpenCV's own FFmpeg cannot write
it, and PyAV's adds 107 MB to what is installed.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2

from handlers.errors import ApiError, BadRequest, Unavailable
from model_cache.prediction import Frame
from model_cache.processors import processors

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_UNSUITED = "Video frames of this size cannot be encoded."
# x264 by default looks many frames ahead and keeps some for each thread, which of large ones are gigabytes.
_X264 = {
    "preset": "veryfast",
    "crf": "23",
    "x264-params": "rc-lookahead=2:sync-lookahead=0:bframes=0:sliced-threads=1",
}
_BT601 = 6  # the matrix that swscale converts with; players guess another for large frames


class Encoder(Protocol):
    """Writes frames of one even size. The file is whole once `finish` returns; `close` gives it up."""

    def write(self, frame: Frame) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class H264:
    """An MP4 whose index stands first, so that it plays while it arrives."""

    suffix, media_type = ".mp4", "video/mp4"

    def __init__(self, path: Path, rate: Fraction, shape: tuple[int, int]) -> None:
        import av

        self._count = 0
        self._time_base = 1 / rate
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})
        stream: VideoStream = self._container.add_stream("libx264", rate=rate, options=_X264)
        stream.height, stream.width = shape
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = processors()
        stream.codec_context.colorspace = _BT601
        self._stream = stream

    def write(self, frame: Frame) -> None:
        import av

        picture = av.VideoFrame.from_ndarray(frame, format="bgr24")
        picture.pts, picture.time_base = self._count, self._time_base
        try:
            self._container.mux(self._stream.encode(picture))
        except av.FFmpegError as error:
            raise _failure(error) from error
        self._count += 1

    def finish(self) -> None:
        import av

        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except av.FFmpegError as error:
            raise _failure(error) from error

    def close(self) -> None:
        import av

        with suppress(av.FFmpegError):  # a full disk may be why it is given up
            self._container.close()


class VP8:
    """A WebM."""

    suffix, media_type = ".webm", "video/webm"

    def __init__(self, path: Path, rate: Fraction, shape: tuple[int, int]) -> None:
        codec = cv2.VideoWriter.fourcc(*"VP80")
        self._writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, float(rate), shape[::-1])
        if not self._writer.isOpened():
            raise BadRequest(_UNSUITED)

    def write(self, frame: Frame) -> None:
        self._writer.write(frame)

    def finish(self) -> None:
        self._writer.release()

    close = finish


def _failure(error: Exception) -> ApiError:
    return (
        Unavailable("There is no room for a video just now.") if isinstance(error, OSError) else BadRequest(_UNSUITED)
    )


def best_encoder() -> type[H264] | type[VP8]:
    return H264 if find_spec("av") else VP8
