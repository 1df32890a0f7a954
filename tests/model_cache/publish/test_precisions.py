"""Fewer bits: what they cost is measured and told, and no more than is stated."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_cache.builtin import EXAMPLES, WEIGHTS
from model_cache.prediction import TASKS
from model_cache.publish import index, verdict
from model_cache.publish.__main__ import main
from model_cache.publish.destinations import open_destination
from model_cache.publish.errors import Disagreement
from model_cache.publish.precision import PRECISIONS, TOLERANCES
from tests.model_cache.precisions import measure

PICTURES = 8


@pytest.mark.parametrize("precision", PRECISIONS[1:])
@pytest.mark.parametrize("task", TASKS)
def test_costs_no_more_than_is_stated(task: str, precision: str) -> None:
    found, size = measure(task, precision, PICTURES)
    assert found.expected >= PICTURES
    assert size < 0.85 * (WEIGHTS / f"shapes-{task}.onnx").stat().st_size
    verdict.judge(found, None, TOLERANCES.get(precision))
    if precision == "int8" and task != "classify":
        with pytest.raises(Disagreement):  # it is the looser bound that lets it pass
            verdict.judge(found, None, None)


def test_int8_is_published_with_its_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(WEIGHTS / "shapes-detect.onnx")
    told = [source, str(tmp_path / "helmets"), "--precision", "int8", "--pictures", str(EXAMPLES)]
    assert main([*told, "--tolerance", "1"]) == 1
    assert "1 is the least allowed" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert main([*told, "--tolerance", "0.7"]) == 0
    out = capsys.readouterr().out
    for figure in ("detections found", "box, px", "confidence", "agreement", "size", "network"):
        assert figure in out
    assert index.read(open_destination(str(tmp_path)))[1]["helmets"]["precision"] == "int8"
    assert main(["verify", str(tmp_path)]) == 0
