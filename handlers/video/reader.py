"""A video's bytes -> the frames that ultralytics reads from the same file, one at a time.

They are read by the same class, OpenCV's VideoCapture over its own FFmpeg. FFmpeg is narrowed to the
containers that sniff.py knows and to local files, and none of these containers opens a second file: playlists,
scripts, sessions and addresses are refused.
"""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator
from time import perf_counter
from types import TracebackType

import cv2

from handlers.errors import BadRequest, TooLarge, Unavailable
from handlers.video import gif
from handlers.video.blocks import Blocks
from handlers.video.sniff import sniff
from model_cache.prediction import Frame

_UNKNOWN = "The file is not a video in a supported format (MP4, MOV, M4V, AVI, MKV, WebM, MPEG, TS, WMV, ASF or GIF)."
_UNREADABLE = "The file is not a video that can be decoded: it is damaged, or in a codec that is not supported."
_USUAL_FPS = 25.0  # of a file that states none
_TURN = 100_000_000  # pixels decoded without an answer, in about 0.2 s, after which others have a turn
# A usual film has a thousand pixels in a byte, an unchanging grey one 20,000, one made for it two millions.
_FREE_PIXELS, _PIXELS_OF_A_BYTE, _MOST_PIXELS = 2_000_000_000, 50_000, 60_000_000_000
_PIXELS_OF_A_SECOND = 100_000_000  # a fifth of what the slowest of usual films gives
_PNG_SIZE = re.compile(rb"\0\0\0\rIHDR(.{4})(.{4})", re.DOTALL)

# OpenCV hands these to FFmpeg for every video that the process opens, and reads them from nowhere but the
# environment. They are set while the module is imported, before there are threads that could be reading it.
_DEMUXERS = "mov,avi,matroska,webm,mpeg,mpegvideo,m4v,mpegts,asf,gif"
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = f"format_whitelist;{_DEMUXERS}|protocol_whitelist;file"
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg's words on a broken file would fill the log


class Video:
    """The frames of an open video; a context manager, and to be iterated once.

    fps: frames per second of the file, before any stride.
    shape: height and width of the frames as they come out, upright.
    """

    def __init__(
        self, capture: cv2.VideoCapture, blocks: Blocks, *, max_pixels: int, stride: int, most_work: float
    ) -> None:
        self._capture = capture
        self._blocks = blocks
        self._max_pixels = max_pixels
        self._stride = stride
        self._left = self._most_work = most_work
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.fps = rate if math.isfinite(rate) and rate > 0 else _USUAL_FPS
        self.shape = (int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)), int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)))
        _limit(self.shape, max_pixels)
        self._pixels = self.shape[0] * self.shape[1]
        self._work = 0.0  # that the last frame was, in pixels
        blocks.claim(self._pixels)
        # The first frame is decoded here, so that a file without any is refused when it is opened.
        self._grabbed = self._grab()
        if not self._grabbed:
            raise BadRequest(_UNREADABLE)

    def __iter__(self) -> Iterator[Frame]:
        """The frames, (h, w, 3), BGR, upright: the last of every `stride` ones.

        Of a file that is damaged further on, or whose frames become far larger, those before, and no error: so does
        ultralytics answer it, and its clients count on as many. No more than the file states, where it states any.
        Raises TooLarge where decoding takes more work than a file of its size may cost.
        """
        return (frame for frame in self.turns() if frame is not None)

    def turns(self) -> Iterator[Frame | None]:
        """The frames, and None whenever so much was decoded for the next one that others should have a turn."""
        stated = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT) / self._stride)
        answered, skipped, since = 0, 0, 0.0
        while self._next():
            skipped, since = skipped + 1, since + self._work
            frame = None
            if skipped == self._stride:
                skipped, frame = 0, self._retrieve()
            if frame is not None:
                since = 0.0
                yield frame
                answered += 1
                if answered == stated:
                    return
            elif since >= _TURN:
                since = 0.0
                yield None

    def close(self) -> None:
        self._capture.release()
        self._blocks.release()

    def __enter__(self) -> Video:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next(self) -> bool:
        grabbed, self._grabbed = self._grabbed, False
        return grabbed or self._grab()

    def _grab(self) -> bool:
        if self._left < self._pixels:
            raise TooLarge(
                f"The video is too much work: for its size, no more than {self._most_work / 1e9:.3g} gigapixels of all "
                "its frames together are decoded. Send a part of it, or smaller frames."
            )
        began = perf_counter()
        try:
            return self._capture.grab()
        except cv2.error:
            return False
        finally:
            # Frames that turn out to be larger than the file has said take longer.
            self._work = max(self._pixels, (perf_counter() - began) * _PIXELS_OF_A_SECOND)
            self._left -= self._work

    def _retrieve(self) -> Frame | None:
        try:
            found, frame = self._capture.retrieve()
        except cv2.error as error:
            raise BadRequest(_UNREADABLE) from error
        if not found or frame is None:
            return None
        _limit(frame.shape[:2], self._max_pixels)
        return frame  # type: ignore[return-value]


def open_video(data: bytes, *, max_pixels: int, stride: int = 1) -> Video:
    """The video in `data`, of which the last of every `stride` frames is answered.

    Raises BadRequest (no video, an unknown format or codec, nothing that can be decoded),
    TooLarge, and Unavailable where the disk is full.
    """
    if sniff(data) is None:
        raise BadRequest(_UNKNOWN)
    for shape in _stills(data):
        _limit(shape, max_pixels)
    if data.startswith(b"GIF"):
        if not gif.has_first(data):
            raise BadRequest(_UNREADABLE)
        if gif.restores(data):
            _limit(next(_stills(data)), max_pixels // 2)
    blocks = Blocks(max_pixels)
    most_work = min(_FREE_PIXELS + _PIXELS_OF_A_BYTE * len(data), _MOST_PIXELS)
    capture = None
    try:
        capture = _capture(data)
        return Video(capture, blocks, max_pixels=max_pixels, stride=stride, most_work=most_work)
    except BaseException:
        if capture is not None:
            capture.release()
        blocks.release()
        raise


def _capture(data: bytes) -> cv2.VideoCapture:
    """FFmpeg's view of a file that has no name any more once this returns.

    OpenCV 5.0.0 can also read from memory, no faster, but its release() drops the stream without holding
    Python's lock, which crashes the process.
    """
    try:
        with tempfile.NamedTemporaryFile(prefix="video-") as file:
            file.write(data)
            file.flush()
            capture = cv2.VideoCapture(file.name, cv2.CAP_FFMPEG)
    except OSError as error:
        raise Unavailable("There is no room for a video just now.") from error
    except cv2.error as error:
        raise BadRequest(_UNREADABLE) from error
    if not capture.isOpened():
        raise BadRequest(_UNREADABLE)
    return capture


def _stills(data: bytes) -> Iterator[tuple[int, int]]:
    """Height and width of a GIF, and of a film's PNG pictures.

    Opening a file of these decodes the first picture, of which a small file can hold a gigabyte, so that OpenCV
    would tell its size too late. Of the other codecs a header is read.
    """
    if data.startswith(b"GIF"):
        yield int.from_bytes(data[8:10], "little"), int.from_bytes(data[6:8], "little")
    for match in _PNG_SIZE.finditer(data):
        yield int.from_bytes(match[2]), int.from_bytes(match[1])


def _limit(shape: tuple[int, ...], max_pixels: int) -> None:
    if shape[0] * shape[1] > max_pixels:
        raise TooLarge(f"The video's frames are larger than {max_pixels / 1e6:g} megapixels.")
    if not all(shape):
        raise BadRequest(_UNREADABLE)
