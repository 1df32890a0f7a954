"""Annotated frames -> one video file that browsers play, in real time.

Encoded as they come into a temporary file, so that memory holds a few frames and what is encoded.
"""

from __future__ import annotations

import math
import tempfile
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import cv2

from handlers.errors import BadRequest
from handlers.video.encoders import H264, VP8, Encoder, best_encoder
from model_cache.prediction import Frame

_SLOWEST, _FASTEST = 0.1, 240.0  # frames per second; files state 90,000 and the like by mistake
_FINEST = 100_000  # the largest denominator of a rate; 30000/1001 is kept exactly

_SHORTEST = 4  # pixels; of 2 by 2 OpenCV writes a film without frames


class VideoWriter:
    """A context manager: `write` frames of one size, then `finish` once.

    fps: frames per second of the video that the frames are from.
    stride: one of how many they are; the written video is played that much slower, in the same time.
    media_type: of what `finish` returns, "video/mp4" (H.264) or without PyAV "video/webm" (VP8).
    """

    def __init__(self, fps: float, *, stride: int = 1, encoder: type[H264] | type[VP8] | None = None) -> None:
        kind = encoder or best_encoder()
        self.media_type = kind.media_type
        self._kind = kind
        self._rate = _rate(fps / stride)
        self._shape: tuple[int, ...] = ()
        self._encoder: Encoder | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="video-")
        self._path = Path(self._folder.name) / f"video{kind.suffix}"

    def write(self, frame: Frame) -> None:
        """Append a frame, (h, w, 3) BGR. Raises BadRequest of a size that the codec does not know.

        The colours are stored for two by two pixels: an odd width or height is made even by repeating its
        last column or row.
        """
        height, width = frame.shape[:2]
        below, beside = _missing(height), _missing(width)
        if self._encoder is None:
            self._shape = frame.shape
            self._encoder = self._kind(self._path, self._rate, (height + below, width + beside))
        if frame.shape != self._shape:
            raise ValueError(f"a frame of {frame.shape} in a video of {self._shape}")
        if below or beside:
            frame = cv2.copyMakeBorder(frame, 0, below, 0, beside, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        self._encoder.write(frame)

    def finish(self) -> bytes:
        """The whole file. Raises BadRequest if there was no frame."""
        if self._encoder is None:
            raise BadRequest("The video has fewer frames than its stride.")
        self._encoder.finish()
        return self._path.read_bytes()

    def close(self) -> None:
        """Throw away what was not finished."""
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.close()
        self._folder.cleanup()

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _missing(length: int) -> int:
    return max(length % 2, _SHORTEST - length)


def _rate(fps: float) -> Fraction:
    if not math.isfinite(fps):
        fps = _SLOWEST
    return Fraction(min(max(fps, _SLOWEST), _FASTEST)).limit_denominator(_FINEST)
