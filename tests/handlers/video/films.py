"""Small films in all containers that the installed encoders can write, and what reading them must give."""

from __future__ import annotations

import io
import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from handlers.video import open_video
from model_cache.prediction import Frame

LIMIT = 50_000_000
FRAMES = 23

# (ending, codec). The ending chooses the container.
WRITTEN = (
    ("mp4", "mp4v"),
    ("mp4", "vp09"),
    ("mov", "MJPG"),
    ("m4v", "mp4v"),
    ("avi", "MJPG"),
    ("avi", "XVID"),
    ("mkv", "FFV1"),
    ("webm", "VP80"),
    ("mpg", "MPG1"),
    ("mpeg", "MPG2"),
    ("ts", "MPG2"),
    ("wmv", "WMV2"),
    ("asf", "WMV1"),
    ("gif", ""),
)
NAMES = tuple(f"{codec}.{ending}" for ending, codec in WRITTEN)


def picture(number: int, height: int = 48, width: int = 64) -> Frame:
    """A frame that shows its number, by its colour and by where its square stands."""
    frame = np.zeros((height, width, 3), np.uint8)
    frame[..., 0] = np.linspace(0, 255, width)
    frame[..., 1] = number * 9 % 256
    at = number * 3 % max(width - 8, 1)
    frame[height // 2 : height // 2 + 8, at : at + 8, 2] = 255
    return frame


@cache
def film(name: str, frames: int = FRAMES, height: int = 48, width: int = 64) -> bytes:
    """The bytes of one of NAMES, 25 frames per second."""
    if name.endswith(".gif"):
        return gif(frames)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        codec = cv2.VideoWriter.fourcc(*name.partition(".")[0])
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, 25, (width, height))
        assert writer.isOpened()
        for number in range(frames):
            writer.write(picture(number, height, width))
        writer.release()
        return path.read_bytes()


def gif(frames: int) -> bytes:
    pictures = [Image.fromarray(picture(number)[..., ::-1]) for number in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=40)
    return file.getvalue()


def by_opencv(data: bytes, folder: Path, name: str) -> list[Frame]:
    """Every frame that OpenCV decodes of the file under its usual name."""
    path = folder / name
    path.write_bytes(data)
    capture = cv2.VideoCapture(str(path))
    frames: list[Frame] = []
    while True:
        found, frame = capture.read()
        if not found:
            capture.release()
            return frames
        frames.append(np.asarray(frame, np.uint8))


def ours(data: bytes, stride: int = 1, max_pixels: int = LIMIT) -> list[Frame]:
    with open_video(data, max_pixels=max_pixels, stride=stride) as video:
        return list(video)


def same(one: list[Frame], other: list[Frame]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))
