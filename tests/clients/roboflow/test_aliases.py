"""Our table of public models against the client's own."""

from __future__ import annotations

from handlers.dialects.roboflow_ids import ALIASES
from tests.clients.roboflow.conftest import Run
from tests.support.server import Server


def test_aliases(run: Run, server: Server) -> None:
    theirs = run("aliases.py", server)
    # YOLO-NAS is not Ultralytics'; what these segment and measure has no task here.
    others = ("yolo-nas", "-sem-", "-depth-")
    assert {
        alias: model
        for alias, model in theirs.items()
        if alias.startswith("yolo") and not any(other in alias for other in others)
    } == ALIASES
