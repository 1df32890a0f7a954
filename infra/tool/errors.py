"""What the tool gives up with."""

from __future__ import annotations


class ToolError(Exception):
    """One sentence for whoever runs the tool."""


class UsageError(ToolError):
    """What was asked for cannot be had, whatever the cloud says."""
