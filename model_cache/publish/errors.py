"""Why something was not published."""

from __future__ import annotations


class PublishError(Exception):
    """The message is one sentence for whoever gave the command; it may name their own files."""


class Disagreement(PublishError):
    """The file that was to be published answers otherwise than what it was made of."""
