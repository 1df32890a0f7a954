"""A video's bytes -> its frames, one at a time; annotated frames -> a video that browsers play."""

from handlers.video.reader import Video, open_video
from handlers.video.sniff import is_video
from handlers.video.writer import VideoWriter

__all__ = ["Video", "VideoWriter", "is_video", "open_video"]
