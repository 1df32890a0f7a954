"""A frame and what a model says of it -> the annotated picture."""

from handlers.render.picture import draw, render, stroke

__all__ = ["draw", "render", "stroke"]
