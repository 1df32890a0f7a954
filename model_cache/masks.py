"""One detection's mask: the part of the model's input that its box covers, and its outline."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_cache.letterbox import Letterbox
from model_cache.prediction import Floats, Ints

Bitmap = NDArray[np.uint8]
_STRIP = 256  # rows of the frame made at once


class Mask:
    """bitmap: (h, w) of 0 and 1 at the resolution of the model's input; left, top: its place there."""

    def __init__(self, bitmap: Bitmap, left: int, top: int, letterbox: Letterbox) -> None:
        # Held as bits: of three thousand large masks the bytes would be gigabytes.
        self._bits, self._shape = np.packbits(bitmap), bitmap.shape
        self.left, self.top, self.letterbox = left, top, letterbox

    @property
    def bitmap(self) -> Bitmap:
        height, width = self._shape
        return np.unpackbits(self._bits, count=height * width).reshape(height, width)

    def contours(self) -> list[Floats]:
        """The outer outline of each separate part, (points, 2) in pixels of the frame, the largest first."""
        found, _ = cv2.findContours(self.bitmap, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found = sorted(found, key=cv2.contourArea, reverse=True)
        return [self._to_frame(np.asarray(contour, np.int32).reshape(-1, 2)) for contour in found]

    def ring(self) -> Floats:
        """One closed line (points, 2) round all parts: ultralytics' `segments`, where parts are joined.

        Consecutive parts are joined at their closest points, and the line goes back the way it came.
        """
        found, _ = cv2.findContours(self.bitmap, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        if not found:
            return np.empty((0, 2), np.float32)
        parts = [np.asarray(contour, np.int32).reshape(-1, 2) for contour in found]
        joined = parts[-1]
        for part in reversed(parts[:-1]):
            joined = _join(part, joined)
        return self._to_frame(joined)

    def area(self) -> tuple[int, int, int, int]:
        """Left, top, right and lower edge, in pixels of the frame, of all that the mask may cover there."""
        box, (height, width) = self.letterbox, self._shape
        edges = []
        for start, length, offset, inner, outer in (
            (self.left, width, box.left, box.scaled[1], box.frame[1]),
            (self.top, height, box.top, box.scaled[0], box.frame[0]),
        ):
            scale = outer / inner
            low, high = (start - offset - 1) * scale, (start + length - offset + 1) * scale
            edges.append((int(min(max(low, 0), outer)), int(min(max(high + 1, 0), outer))))
        (left, right), (top, lower) = edges
        return left, top, right, lower

    def part(self) -> Bitmap:
        """The mask at the frame's own size, of 0 and 1, within its `area`: what `cv2.resize` makes of the whole."""
        box, (height, width) = self.letterbox, self._shape
        left, top, right, lower = self.area()
        whole = np.zeros(box.input, np.float32)
        whole[self.top : self.top + height, self.left : self.left + width] = self.bitmap
        inner = whole[box.top : box.top + box.scaled[0], box.left : box.left + box.scaled[1]]
        first, second, share = _between(left, right, box.scaled[1], box.frame[1])
        across = inner[:, first] * (1 - share) + inner[:, second] * share
        first, second, share = _between(top, lower, box.scaled[0], box.frame[0])
        found = np.empty((lower - top, right - left), np.uint8)
        for at in range(0, lower - top, _STRIP):
            rows = slice(at, at + _STRIP)
            down = share[rows, None]
            found[rows] = across[first[rows]] * (1 - down) + across[second[rows]] * down > 0.5
        return found

    def full(self) -> Bitmap:
        """The mask at the frame's own size: (height, width) of 0 and 1."""
        left, top, right, lower = self.area()
        whole = np.zeros(self.letterbox.frame, np.uint8)
        whole[top:lower, left:right] = self.part()
        return whole

    def _to_frame(self, points: NDArray[np.int32]) -> Floats:
        return self.letterbox.points_back(points.astype(np.float32) + np.array([self.left, self.top], np.float32))


def _between(low: int, high: int, size: int, scaled: int) -> tuple[Ints, Ints, Floats]:
    """For each of the pixels low..high of `scaled` ones: the two of `size` that it lies between, and how far along."""
    place = ((np.arange(low, high) + 0.5) * (size / scaled) - 0.5).clip(0, size - 1).astype(np.float32)
    first = np.floor(place).astype(np.int64)
    return first, np.minimum(first + 1, size - 1), place - first.astype(np.float32)


def _join(first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.int32]:
    """Walk round `first` from its point closest to `second`, cross over, round `second`, and back."""
    apart = ((first[:, None].astype(np.int64) - second[None]) ** 2).sum(-1)
    i, j = np.unravel_index(int(apart.argmin()), apart.shape)
    there, beyond = np.roll(first, -i, 0), np.roll(second, -j, 0)
    return np.concatenate([there, there[:1], beyond, beyond[:1]])


def from_prototypes(prototypes: Floats, coefficients: Floats, boxes: Floats, letterbox: Letterbox) -> tuple[Mask, ...]:
    """The masks of n detections.

    prototypes: (k, ph, pw); coefficients: (n, k); boxes: (n, 4) in pixels of the model's input.

    A mask is the sum of the prototypes by its coefficients, brought to the input's size and cut by
    its box. Only the part about the box is computed: the scale is a whole number, so that a cut on
    prototype pixels, one to spare, gives the same values as the whole would.
    """
    rows, columns = prototypes.shape[1:]
    height, width = letterbox.input
    whole_steps = height % rows == 0 and width % columns == 0
    step_y, step_x = (height // rows, width // columns) if whole_steps else (height, width)
    masks = []
    for weights, box in zip(coefficients, boxes, strict=True):
        # The first and last column and row whose number lies in the box.
        x1, y1, x2, y2 = np.ceil(box.clip(0, [width, height, width, height])).astype(int).tolist()
        px1, py1 = (max(x1 // step_x - 1, 0), max(y1 // step_y - 1, 0)) if whole_steps else (0, 0)
        px2, py2 = (min(x2 // step_x + 2, columns), min(y2 // step_y + 2, rows)) if whole_steps else (columns, rows)
        part = prototypes[:, py1:py2, px1:px2]
        logits = np.tensordot(weights, part, 1)
        size = (width, height) if not whole_steps else ((px2 - px1) * step_x, (py2 - py1) * step_y)
        fine = cv2.resize(logits, size, interpolation=cv2.INTER_LINEAR)
        left, top = px1 * step_x, py1 * step_y
        bitmap = (fine[y1 - top : y2 - top, x1 - left : x2 - left] > 0).astype(np.uint8)
        masks.append(Mask(bitmap, x1, y1, letterbox))
    return tuple(masks)
