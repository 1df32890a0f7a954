"""A short video for the page, each frame of it another picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from handlers.video import VideoWriter
from handlers.video.encoders import VP8
from model_cache.builtin.scenes import scene

FRAMES, SIZE, RATE = 12, (320, 240), 10


def frames() -> list[Any]:
    """As OpenCV has them: uint8, height x width x BGR."""
    picture = scene(np.random.default_rng(3), SIZE[1], SIZE[0], count=(3, 3)).picture
    return [np.roll(picture, i * 9, 1) for i in range(FRAMES)]


def webm() -> bytes:
    """What every browser plays."""
    with VideoWriter(RATE, encoder=VP8) as writer:
        for frame in frames():
            writer.write(frame)
        return writer.finish()


def write(folder: Path) -> dict[str, Path]:
    """The same frames in a form that every browser plays, in one that none does, and as a GIF, by suffix."""
    (folder / "moving.webm").write_bytes(webm())
    old = cv2.VideoWriter(str(folder / "moving.avi"), cv2.VideoWriter.fourcc(*"MJPG"), RATE, SIZE)
    for frame in frames():
        old.write(frame)
    old.release()
    pictures = [Image.fromarray(frame[..., ::-1]) for frame in frames()]
    pictures[0].save(folder / "moving.gif", save_all=True, append_images=pictures[1:], duration=1000 // RATE)
    return {path.suffix: path for path in folder.iterdir()}
