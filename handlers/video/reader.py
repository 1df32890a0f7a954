"""A video's bytes -> the frames that ultralytics reads from the same file, one at a time.

They are decoded in a worker of the sandbox, which this video has for itself until it is closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from handlers.errors import BadRequest, TooLarge
from handlers.sandbox.memory import copied_frame, shared
from handlers.sandbox.pool import Worker, WorkerFailed, pool
from handlers.video import gif
from handlers.video.sniff import sniff
from model_cache.prediction import Frame

_UNKNOWN = "The file is not a video in a supported format (MP4, MOV, M4V, AVI, MKV, WebM, MPEG, TS, WMV, ASF or GIF)."
_UNREADABLE = (
    "The file is not a video that can be decoded: it is damaged, in a codec that is not supported, or takes too much "
    "memory."
)
_DEAR = "The video is too much work for its size, or takes too much memory. Send a part of it, or smaller frames."
_LARGE = "The video's frames are larger than {:g} megapixels."
# All frames together, skipped ones too, are limited in what is decoded. A usual film has a thousand pixels in a byte,
# an unchanging grey one 20,000, one made for it two millions.
_FREE_PIXELS, _PIXELS_OF_A_BYTE, _MOST_PIXELS = 2_000_000_000, 50_000, 60_000_000_000
_SECONDS = 10  # of processor time for what comes between two answers of the worker


class Video:
    """The frames of an open video; a context manager, and to be iterated once.

    fps: frames per second of the file, before any stride.
    shape: height and width of the frames as they come out, upright.
    """

    def __init__(self, data: bytes, *, max_pixels: int, stride: int) -> None:
        self._max_pixels = max_pixels
        with ExitStack() as stack:
            self._worker: Worker = stack.enter_context(pool(max_pixels).lease())
            self._pixels = stack.enter_context(shared(3 * max_pixels))
            with shared(len(data), data) as file:
                most_work = min(_FREE_PIXELS + _PIXELS_OF_A_BYTE * len(data), _MOST_PIXELS)
                video = {"stride": stride, "most_work": most_work}
                self._request({"video": video, "max_pixels": max_pixels}, file, self._pixels)
                opened = self._answer()
            self.fps = float(opened["fps"])
            self.shape: tuple[int, int] = tuple(opened["shape"])
            self._stack = stack.pop_all()

    def __iter__(self) -> Iterator[Frame]:
        """The frames, (h, w, 3), BGR, upright: the last of every `stride` ones."""
        return (frame for frame in self.turns() if frame is not None)

    def turns(self) -> Iterator[Frame | None]:
        """The frames, and None whenever so much was decoded for the next one that others should have a turn.

        Raises TooLarge where decoding takes more work than a file of its size may cost.
        """
        self._request({"next": True})
        while "end" not in (answer := self._answer()):
            frame = None if "turn" in answer else copied_frame(self._pixels, *answer["shape"])
            self._request({"next": True})  # decoded while the caller works on this one
            yield frame

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Video:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _request(self, message: dict[str, Any], *descriptors: int) -> None:
        try:
            self._worker.send(message, _SECONDS, *descriptors)
        except WorkerFailed:
            raise BadRequest(_UNREADABLE) from None

    def _answer(self) -> dict[str, Any]:
        try:
            answer = self._worker.receive()
        except WorkerFailed as failure:
            raise (TooLarge(_DEAR) if failure.exhausted else BadRequest(_UNREADABLE)) from None
        if "error" not in answer:
            return answer
        match answer["error"]:
            case "large":
                raise TooLarge(_LARGE.format(self._max_pixels / 1e6))
            case "dear":
                raise TooLarge(_DEAR)
        raise BadRequest(_UNREADABLE)


def open_video(data: bytes, *, max_pixels: int, stride: int = 1) -> Video:
    """The video in `data`, of which the last of every `stride` frames is answered.

    Raises BadRequest (no video, an unknown format or codec, nothing that can be decoded), TooLarge, and TooMany where
    too many others are being read.
    """
    if sniff(data) is None:
        raise BadRequest(_UNKNOWN)
    if data.startswith(b"GIF"):
        if gif.area(data) > max_pixels:  # FFmpeg would only say that it has not enough memory
            raise TooLarge(_LARGE.format(max_pixels / 1e6))
        if not gif.has_first(data):
            raise BadRequest(_UNREADABLE)
    return Video(data, max_pixels=max_pixels, stride=stride)
