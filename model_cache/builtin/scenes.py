"""Generated pictures of coloured shapes, with what each training task needs to know of them.

A scene is a textured ground of low saturation with a few shapes on it, rotated, of many sizes,
sometimes overlapping. A class is a shape and a family of colours, so that a model of a third of a
million parameters learns to tell them apart on an ordinary processor.

Coordinates are pixels of the picture, x to the right and y down; angles are radians, clockwise.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

NAMES = ("ellipse", "triangle", "bar", "star", "arrow")
ARROW = NAMES.index("arrow")

# Middle of each class's colours on the hue circle, in degrees, and how far a shape strays from it.
_HUES = (8.0, 130.0, 215.0, 50.0, 300.0)
_HUE_SPREAD = 14.0
_ASPECT = ((1.3, 2.0), (1.0, 1.5), (2.2, 3.2), (1.0, 1.0), (1.5, 2.1))  # length over width
_SUBPIXEL_BITS = 4  # fillPoly takes fixed-point coordinates
_HIDDEN_AT_MOST = 0.3  # of a shape's area, by the shapes drawn over it

Points = NDArray[np.float64]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Shape:
    """One shape of a scene: its class, its whole outline, its frame and the part one sees of it."""

    cls: int
    outline: Points  # (n, 2)
    corners: Points  # (4, 2), the shape's own oriented box
    points: Points  # (4, 2) tip, barbs and tail of an arrow; (0, 2) for the others
    visible: NDArray[np.bool_]  # (height, width)

    @property
    def contour(self) -> Points:
        """The outline of the largest visible part, (n, 2)."""
        found, _ = cv2.findContours(self.visible.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        return max(found, key=cv2.contourArea).reshape(-1, 2).astype(np.float64) + 0.5


@dataclass(frozen=True)
class Scene:
    picture: Picture  # (height, width, 3), BGR
    shapes: tuple[Shape, ...]


def _unit_outline(cls: int) -> Points:
    """The shape in its own frame, filling -1..1 in both directions; an arrow points to +x."""
    name = NAMES[cls]
    if name == "ellipse":
        turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        return np.stack([np.cos(turn), np.sin(turn)], 1)
    if name == "triangle":
        return np.array([[1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0]])
    if name == "bar":
        return np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    if name == "star":
        turn = np.arange(10) * np.pi / 5
        radius = np.where(np.arange(10) % 2 == 0, 1.0, 0.45)
        return np.stack([radius * np.cos(turn), radius * np.sin(turn)], 1)
    return np.array([[1.0, 0.0], [0.1, -1.0], [0.1, -0.4], [-1.0, -0.4], [-1.0, 0.4], [0.1, 0.4], [0.1, 1.0]])


def _place(unit: Points, half: Points, angle: float, centre: Points) -> Points:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(unit * half @ turn + centre)


def _ground(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """A ground of smooth clouds, grain and now and then stripes, nearly grey: (height, width, 3)."""
    clouds = np.zeros((height, width, 3), np.float32)
    for cells, strength in ((3, 45.0), (9, 25.0), (30, 12.0)):
        coarse = rng.normal(0, strength, (cells, cells, 1)) + rng.normal(0, strength / 5, (cells, cells, 3))
        clouds += cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:
        angle, period = rng.uniform(0, np.pi), rng.uniform(6, 40)
        y, x = np.mgrid[:height, :width]
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period))
        clouds += (rng.uniform(5, 25) * wave)[..., None].astype(np.float32)
    grain = rng.normal(0, rng.uniform(2, 10), (height, width, 1)).astype(np.float32)
    ground: NDArray[np.float32] = (clouds + grain + rng.uniform(60, 200)).astype(np.float32)
    return ground


def _fill(rng: np.random.Generator, cls: int, height: int, width: int) -> NDArray[np.float32]:
    """The shape's colour with a gradient and grain: (height, width, 3), BGR."""
    hue = (_HUES[cls] + rng.uniform(-_HUE_SPREAD, _HUE_SPREAD)) % 360 / 360
    rgb = colorsys.hsv_to_rgb(hue, rng.uniform(0.7, 1.0), rng.uniform(0.6, 1.0))
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0, 2 * np.pi)
    slope = (x * np.cos(angle) / width + y * np.sin(angle) / height) * rng.uniform(0, 50)
    colour = np.array(rgb[::-1], np.float32) * 255 + slope[..., None].astype(np.float32)
    paint: NDArray[np.float32] = (colour + rng.normal(0, 5, (height, width, 1))).astype(np.float32)
    return paint


def _cover(outline: Points, height: int, width: int) -> NDArray[np.float32]:
    """How much of each pixel the outline covers, 0 to 1: (height, width)."""
    mask = np.zeros((height, width), np.uint8)
    # fillPoly puts pixel centres on whole numbers; ours are at .5.
    fixed = np.round((outline - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    covered: NDArray[np.float32] = mask.astype(np.float32) / np.float32(255)
    return covered


@dataclass(frozen=True)
class _Placed:
    cls: int
    outline: Points
    corners: Points
    points: Points
    cover: NDArray[np.float32]


def _draw_one(rng: np.random.Generator, cls: int, size: tuple[float, float], height: int, width: int) -> _Placed | None:
    length = min(height, width) * rng.uniform(*size)
    half = np.array([length, length / rng.uniform(*_ASPECT[cls])]) / 2
    angle = rng.uniform(0, 2 * np.pi)
    centre = np.array([rng.uniform(0, width), rng.uniform(0, height)])
    outline = _place(_unit_outline(cls), half, angle, centre)
    if outline.min() < 1 or (outline.max(0) > [width - 1, height - 1]).any():
        return None
    corners = _place(np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]), half, angle, centre)
    points = np.empty((0, 2))
    if cls == ARROW:
        points = _place(np.array([[1.0, 0.0], [0.1, -1.0], [0.1, 1.0], [-1.0, 0.0]]), half, angle, centre)
    return _Placed(cls, outline, corners, points, _cover(outline, height, width))


def scene(
    rng: np.random.Generator,
    height: int = 256,
    width: int = 256,
    *,
    count: tuple[int, int] = (1, 6),
    size: tuple[float, float] = (0.2, 0.5),
    classes: tuple[int, ...] = tuple(range(len(NAMES))),
) -> Scene:
    """Draw one scene.

    count: the fewest and the most shapes (fewer where there is no room).
    size: a shape's length as a part of the shorter side, from and to.
    classes: what the shapes are drawn from; one named twice comes twice as often.
    """
    picture = _ground(rng, height, width)
    placed: list[_Placed] = []
    wanted = int(rng.integers(count[0], count[1] + 1))
    for _ in range(wanted * 20):
        if len(placed) == wanted:
            break
        new = _draw_one(rng, int(rng.choice(classes)), size, height, width)
        if new is None or any(
            (old.cover * new.cover).sum() > _HIDDEN_AT_MOST * old.cover.sum() for old in _seen(placed)
        ):
            continue
        placed.append(new)
    for shape in placed:
        paint = _fill(rng, shape.cls, height, width)
        picture += (paint - picture) * shape.cover[..., None]
    if rng.random() < 0.3:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.0)), np.float32)
    shapes = []
    for i, shape in enumerate(placed):
        visible = shape.cover > 0.5
        for above in placed[i + 1 :]:
            visible &= above.cover <= 0.5
        shapes.append(Shape(shape.cls, shape.outline, shape.corners, shape.points, visible))
    return Scene(np.clip(picture, 0, 255).astype(np.uint8), tuple(shapes))


def _seen(placed: list[_Placed]) -> list[_Placed]:
    """The shapes with the covers that are still in sight, so that two neighbours cannot hide a third together."""
    seen = []
    for i, shape in enumerate(placed):
        cover = shape.cover
        for above in placed[i + 1 :]:
            cover = cover * (1 - above.cover)
        seen.append(_Placed(shape.cls, shape.outline, shape.corners, shape.points, cover))
    return seen
