"""A frame scaled and padded to what a model takes, and the way back from its coordinates.

The arithmetic is that of ultralytics' LetterBox (smallest rectangle of whole strides, the frame in
the middle, padding of 114, bilinear), because the answers are compared with ultralytics' own.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model_cache.prediction import Floats, Frame

# A picture is one thread's work, and others are worked on beside it.
cv2.setNumThreads(1)

_PADDING = (114, 114, 114)


@dataclass(frozen=True)
class Letterbox:
    """Where a frame lies in a model's input. Sizes are (height, width) in pixels."""

    frame: tuple[int, int]
    scaled: tuple[int, int]
    input: tuple[int, int]
    left: int
    top: int

    @classmethod
    def fit(cls, frame: tuple[int, int], size: tuple[int, int], stride: int | None) -> Letterbox:
        """Fit a frame into `size`; with a `stride`, padded only to its next multiple."""
        gain = min(size[0] / frame[0], size[1] / frame[1])
        scaled = max(round(frame[0] * gain), 1), max(round(frame[1] * gain), 1)
        spare_y, spare_x = size[0] - scaled[0], size[1] - scaled[1]
        if stride:
            spare_y, spare_x = spare_y % stride, spare_x % stride
        # An odd spare pixel goes below and to the right.
        top, left = round(spare_y / 2 - 0.1), round(spare_x / 2 - 0.1)
        return cls(frame, scaled, (scaled[0] + spare_y, scaled[1] + spare_x), left, top)

    def back(self) -> Letterbox:
        """What ultralytics takes this to be on the way back, when it knows the two sizes only (scale_boxes).

        Where rounding left no padding on the shorter side, that is a pixel less of the longer one: up to some pixels of
        a large frame, and its answers are to be ours.
        """
        gain = min(self.input[0] / self.frame[0], self.input[1] / self.frame[1])
        scaled = max(round(self.frame[0] * gain), 1), max(round(self.frame[1] * gain), 1)
        top, left = (round((whole - part) / 2 - 0.1) for whole, part in zip(self.input, scaled, strict=True))
        return Letterbox(self.frame, scaled, self.input, left, top)

    @property
    def gain(self) -> Floats:
        """Input pixels a frame pixel, (2,): x, y."""
        return np.array([self.scaled[1] / self.frame[1], self.scaled[0] / self.frame[0]], np.float32)

    def apply(self, frame: Frame) -> Frame:
        """The scaled and padded frame, (*input, 3)."""
        if self.scaled != self.frame:
            frame = cv2.resize(frame, self.scaled[::-1], interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
        below, right = self.input[0] - self.scaled[0] - self.top, self.input[1] - self.scaled[1] - self.left
        if not (self.top or self.left or below or right):
            return frame
        edge = cv2.BORDER_CONSTANT
        return cv2.copyMakeBorder(frame, self.top, below, self.left, right, edge, value=_PADDING)  # type: ignore[return-value]

    def points_back(self, points: Floats, *, clip: bool = True) -> Floats:
        """Points (..., 2) of the input as points of the frame."""
        back: Floats = (points - np.array([self.left, self.top], np.float32)) / self.gain
        return back.clip(0, np.array(self.frame[::-1], np.float32)) if clip else back


def to_tensor(picture: Frame) -> NDArray[np.float32]:
    """A BGR picture (h, w, 3) as a model's input: (1, 3, h, w), RGB, 0 to 1."""
    planes = np.empty((1, 3, *picture.shape[:2]), np.float32)
    for plane, channel in zip(planes[0], cv2.split(picture)[::-1], strict=True):
        np.multiply(channel, np.float32(1 / 255), out=plane)
    return planes


def centre_square(frame: Frame, size: int) -> Frame:
    """The middle square of a frame whose shorter side is scaled to `size`, as classifiers take it.

    Pillow's antialiased bilinear, because ultralytics (through torchvision's Resize and CenterCrop)
    uses it as well.
    """
    from PIL import Image

    height, width = frame.shape[:2]
    if min(height, width) != size:
        short, long = size, int(size * max(height, width) / min(height, width))
        width, height = (short, long) if width <= height else (long, short)
        frame = np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BILINEAR))
    top, left = round((height - size) / 2), round((width - size) / 2)
    return np.ascontiguousarray(frame[top : top + size, left : left + size])
