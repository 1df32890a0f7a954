"""A video's frames, by OpenCV's VideoCapture over its own FFmpeg, as ultralytics reads them. Runs in a worker."""

from __future__ import annotations

import math
import os
from collections.abc import Generator
from time import perf_counter
from typing import Any

import cv2

from handlers.sandbox.limits import Refusal

_USUAL_FPS = 25.0  # of a file that states none
_TURN = 100_000_000  # pixels decoded without an answer, in about 0.2 s, after which others have a turn
_PIXELS_OF_A_SECOND = 100_000_000  # a fifth of what the slowest of usual films gives

Answer = dict[str, Any]


def read(file: int, pixels: int, *, stride: int, max_pixels: int, most_work: float) -> Generator[Answer, None, None]:
    """What is said of the video, {"shape", "fps"}; then of each frame that was written, {"shape"}, the last of every
    `stride`; and {"turn"} whenever so much was decoded for the next one that others should have a turn.

    file: a descriptor of the video; pixels: one that each frame is written to, and that is closed here.
    most_work: pixels of all frames together that may be decoded, skipped ones too.
    Of a file that is damaged further on, or whose frames become too large, those before, and no error: so does
    ultralytics answer it, and its clients count on as many. No more than the file states, where it states any.
    Raises Refusal: "damaged", "large", and "dear" where decoding is more work than that.
    """
    capture = cv2.VideoCapture(f"/dev/fd/{file}", cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise Refusal("damaged")
        video = _Video(capture, max_pixels, most_work)
        yield {"shape": video.shape, "fps": video.fps}
        yield from video.frames(pixels, stride)
    finally:
        capture.release()
        os.close(pixels)


class _Video:
    """shape: height and width of the frames as they come out, upright; fps: before any stride."""

    def __init__(self, capture: cv2.VideoCapture, max_pixels: int, most_work: float) -> None:
        self._capture = capture
        self._max_pixels = max_pixels
        self._left = most_work
        self._work = 0.0  # that the last frame was, in pixels
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.fps = rate if math.isfinite(rate) and rate > 0 else _USUAL_FPS
        self.shape = (int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)), int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)))
        self._check(self.shape)
        # The first frame is decoded here, so that a file without any is refused when it is opened.
        if not self._grab():
            raise Refusal("damaged")

    def frames(self, pixels: int, stride: int) -> Generator[Answer, None, None]:
        stated = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT) / stride)
        answered, skipped, since, grabbed = 0, 0, 0.0, True
        while grabbed:
            skipped, since = skipped + 1, since + self._work
            shape = None
            if skipped == stride:
                skipped, shape = 0, self._retrieve(pixels)
            if shape is not None:
                since = 0.0
                yield {"shape": shape}
                answered += 1
                if answered == stated:
                    return
            elif since >= _TURN:
                since = 0.0
                yield {"turn": True}
            grabbed = self._grab()

    def _grab(self) -> bool:
        area = self.shape[0] * self.shape[1]
        if self._left < area:
            raise Refusal("dear")
        began = perf_counter()
        try:
            return self._capture.grab()
        except cv2.error:
            return False
        finally:
            # Frames that turn out to be larger than the file has said take longer.
            self._work = max(area, (perf_counter() - began) * _PIXELS_OF_A_SECOND)
            self._left -= self._work

    def _retrieve(self, pixels: int) -> tuple[int, int] | None:
        """Height and width of the frame that is now in `pixels`."""
        try:
            found, frame = self._capture.retrieve()
        except cv2.error:
            raise Refusal("damaged") from None
        if not found or frame is None:
            return None
        height, width = frame.shape[:2]
        self._check((height, width))
        os.pwrite(pixels, frame.data, 0)
        return height, width

    def _check(self, shape: tuple[int, int]) -> None:
        if shape[0] * shape[1] > self._max_pixels:
            raise Refusal("large")
        if not all(shape):
            raise Refusal("damaged")
