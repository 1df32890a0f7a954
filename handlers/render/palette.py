"""Which colour a class is drawn in, and whether black or white is read better on it. Colours are BGR, 0 to 255."""

from __future__ import annotations

Colour = tuple[int, int, int]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

# Each as far as possible from the others in OKLab (https://bottosson.github.io/posts/oklab/), at five
# lightnesses and nearly the fullest colour that sRGB has there; those that go well together come first.
_RGB = (
    "5588fc fc8b4c 22cd7d fc3657 efcc21 b35cfb 47e5fd e82eca 6cf123 1fa2a6 "
    "f7b1fd 95680d 0235de fc7db5 0f7d1e a01207 8f9817 6e0dbf 0b5d7f 930c71"
)
PALETTE: tuple[Colour, ...] = tuple((int(c[4:], 16), int(c[2:4], 16), int(c[:2], 16)) for c in _RGB.split())


def colour_of(number: int) -> Colour:
    """The colour of a class, or of a key point, by its number; they come again after twenty."""
    return PALETTE[number % len(PALETTE)]


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    blue, green, red = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever has more contrast (WCAG 2.2) on the colour: at least 4.5 to 1."""
    lum = luminance(colour)
    return BLACK if (lum + 0.05) / 0.05 >= 1.05 / (lum + 0.05) else WHITE
