"""The pictures and videos of one request -> what is answered of each frame. Runs in worker threads."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from handlers.decode import decode
from handlers.dialects.base import Dialect
from handlers.errors import BadRequest, TooLarge
from handlers.observe.exchange import Exchange
from handlers.render import draw, render
from handlers.schema import Answer, InferenceRequest, Outcome, Picture, Want
from handlers.stream import TURN
from handlers.video import Video, VideoWriter, is_video, open_video
from model_cache.cache import ModelCache
from model_cache.metadata import Metadata
from model_cache.model import Model
from model_cache.prediction import Frame, Prediction


@dataclass(frozen=True)
class FrameLimits:
    """pixels: of one frame; frames: answered of one video."""

    pixels: int
    frames: int


class Work:
    """model: the id of the model that answers; media: each file's bytes; exchange: is told what is done;
    cold: whether the model had to be loaded first.
    """

    def __init__(
        self,
        dialect: Dialect,
        wanted: InferenceRequest,
        model: str,
        media: tuple[bytes, ...],
        *,
        exchange: Exchange,
        cold: bool,
    ) -> None:
        if wanted.want is Want.IMAGE and (len(media) > 1 or wanted.stream):
            raise BadRequest("One annotated picture can be answered at a time: send one picture.")
        self.dialect = dialect
        self.wanted = wanted
        self._model = model
        self._media = media
        self._cold = cold
        self._picture: Picture | None = None
        self._exchange = exchange
        self._timing = exchange.timing
        self._metadata: Metadata | None = None

    @property
    def long(self) -> bool:
        """Whether it is to be done frame by frame, with others between."""
        return self.wanted.stream or len(self._media) > 1 or any(map(is_video, self._media))

    def entries(self, cache: ModelCache[Model], limits: FrameLimits) -> Generator[Any, None, None]:
        """What the dialect says of each frame, in their order, as it is predicted; and TURN, to let others have one."""
        with cache.get(self._model, again=True) as model:
            # Of the very model that predicts: it may have been replaced since the request was prepared.
            self._metadata = model.metadata
            for data in self._media:
                if is_video(data):
                    yield from self._of_video(model, data, limits)
                else:
                    with self._timing.of("decode"):
                        frame = decode(data, max_pixels=limits.pixels, upright=self.wanted.upright)
                    yield self._of_picture(model, frame)

    def respond(self, entries: list[Any], seconds: float) -> Response:
        """The answer made of all entries, once these are made."""
        if self._metadata is None:
            raise RuntimeError("Nothing has been predicted yet.")
        outcome = Outcome(self._model, self._metadata, tuple(entries), seconds, self._picture, self._cold)
        with self._timing.of("serialise"):
            return self.dialect.respond(self.wanted, outcome)

    def _of_picture(self, model: Model, frame: Frame) -> Any:
        found, jpeg = self._predict(model, frame), None
        if self.wanted.want is not Want.JSON:
            with self._timing.of("render"):
                jpeg = render(frame, found, self.wanted.style)
            self._picture = Picture(jpeg, "image/jpeg")
        return self._entry(Answer(found, jpeg))

    def _entry(self, answer: Answer) -> Any:
        """As the dialect writes it; polygons are made here, of masks, for the dialects that want them."""
        with self._timing.of("serialise"):
            return self.dialect.entry(self.wanted, answer)

    def _predict(self, model: Model, frame: Frame) -> Prediction:
        found = model.predict(frame, self.wanted.options)
        self._timing.predicted(found.speed)
        self._exchange.frames += 1
        return found

    def _of_video(self, model: Model, data: bytes, limits: FrameLimits) -> Iterator[Any]:
        """One entry a frame."""
        with open_video(data, max_pixels=limits.pixels, stride=self.wanted.stride) as video:
            if self.wanted.want is Want.IMAGE:
                yield from self._annotated(model, video, limits.frames)
            else:
                yield from _each(video, limits.frames, lambda frame: self._of_picture(model, frame))

    def _annotated(self, model: Model, video: Video, most: int) -> Iterator[Any]:
        """One entry a frame, while the annotated video is written."""
        with VideoWriter(video.fps, stride=self.wanted.stride) as writer:

            def write(frame: Frame) -> Any:
                found = self._predict(model, frame)
                with self._timing.of("render"):
                    writer.write(draw(frame, found, self.wanted.style))
                return self._entry(Answer(found))

            yield from _each(video, most, write)
            self._picture = Picture(writer.finish(), writer.media_type)


def _each(video: Video, most: int, entry: Callable[[Frame], Any]) -> Iterator[Any]:
    """The entries of no more than `most` frames, and TURN wherever the video leaves one to others."""
    answered = 0
    for frame in video.turns():
        if frame is None:
            yield TURN
            continue
        if answered == most:
            raise TooLarge(f"The video has more than {most} frames to answer; try a larger vid_stride.")
        answered += 1
        yield entry(frame)
