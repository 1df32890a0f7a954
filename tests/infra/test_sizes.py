"""What Cloud Run gives an instance: by itself, and on a service that has its sizes already."""

from __future__ import annotations

from typing import Any

import pytest

from infra.tool.errors import UsageError
from infra.tool.sizes import sized
from infra.tool.states import size_of
from tests.infra.conftest import Ask
from tests.infra.run_api import FakeRun
from tests.infra.test_deploy import EU, IMAGE, told

L4, RTX = "nvidia-l4", "nvidia-rtx-pro-6000"


def template(cpu: str, memory: str, gpu: str | None = None, **scaling: int) -> dict[str, Any]:
    container = {"image": "gcr.io/demo/old@sha256:0", "resources": {"limits": {"cpu": cpu, "memory": memory}}}
    selector = {"nodeSelector": {"accelerator": gpu}} if gpu else {}
    return {"containers": [container], "scaling": scaling, **selector}


def test_sizes() -> None:
    assert sized(cpu=8, memory=32).memory_text == "32Gi"
    assert sized(cpu=1, memory=0.5).memory_text == "512Mi"
    assert sized(least=5).most == 5
    assert sized(gpu=L4, cpu=8, memory=32).memory_text == "32Gi"
    assert sized(gpu=RTX, cpu=30, memory=177).memory_text == "177Gi"


@pytest.mark.parametrize(
    ("gpu", "cpu", "memory"),
    [
        (L4, None, 8),
        (L4, None, 17),
        (L4, 6, 25),
        (L4, 8, 33),
        (RTX, None, 79),
        (RTX, 30, 178),
        (None, None, float("inf")),
        (L4, None, float("inf")),
        (RTX, None, float("nan")),
    ],
)
def test_memory_that_does_not_go_with_the_rest(gpu: str | None, cpu: int | None, memory: float) -> None:
    with pytest.raises(UsageError, match="GiB of memory"):
        sized(cpu, memory, gpu)


@pytest.mark.parametrize(
    ("has", "asked", "flags"),
    [
        (template("4", "4Gi"), ["--memory", "16"], {"--memory": "16Gi"}),
        (template("4000m", "2Gi"), ["--memory", "16"], {"--memory": "16Gi"}),
        (template("8", "16Gi"), ["--cpu", "4"], {"--cpu": "4"}),
        (template("2", "1500M"), ["--cpu", "1"], {"--cpu": "1"}),
        (template("2", "4Gi", maxInstanceCount=10), ["--min", "5"], {"--min-instances": "5"}),
        (template("2", "4Gi"), ["--min", "5"], {"--min-instances": "5"}),  # 100, where no limit is set
        (template("8", "32Gi", L4), ["--memory", "24"], {"--memory": "24Gi"}),
        (template("20", "80Gi", RTX), ["--cpu", "24"], {"--cpu": "24"}),
        (template("8", "32Gi", L4), ["--gpu", L4], {"--cpu": "8", "--memory": "32Gi"}),
        (template("1", "1Gi"), ["--gpu", L4], {"--cpu": "4", "--memory": "16Gi"}),
        (template("500m", "512Mi"), ["--max", "2"], {"--max-instances": "2"}),
    ],
)
def test_change_that_goes_with_what_the_service_has(
    has: dict[str, Any], asked: list[str], flags: dict[str, str], run: FakeRun, ask: Ask
) -> None:
    run.add(EU, template=has)
    found = told(ask, "--image", IMAGE, *asked, region=EU)
    sizes = {name: found[name] for name in found if name.rpartition("-")[2] in {"cpu", "memory", "instances"}}
    assert sizes == flags


@pytest.mark.parametrize(
    ("has", "asked", "said"),
    [
        (template("2", "4Gi"), ["--memory", "16"], "2 vCPUs go with 0.5 to 8 GiB of memory, not 16."),
        (template("8", "16Gi"), ["--cpu", "2"], "2 vCPUs go with 0.5 to 8 GiB of memory, not 16."),
        (template("2", "4Gi", maxInstanceCount=3), ["--min", "5"], "not 5 to 3."),
        (template("2", "4Gi", minInstanceCount=3), ["--max", "2"], "not 3 to 2."),
        (template("4", "16Gi", "nvidia-next"), ["--memory", "8"], "It has an nvidia-next"),
        (None, ["--memory", "16"], "2 vCPUs go with 0.5 to 8 GiB of memory, not 16."),
    ],
)
def test_change_that_does_not_go_with_it_is_refused_before_gcloud_is_asked(
    has: dict[str, Any] | None, asked: list[str], said: str, run: FakeRun, ask: Ask
) -> None:
    if has:
        run.add(EU, template=has)
    status, _, err = ask("deploy", "--region", EU, "--image", IMAGE, *asked)
    assert status == 1
    assert said in err
    assert {call.split()[0] for call in run.calls} == {"GET"}


def test_template_that_says_nothing() -> None:
    assert size_of({"template": {}}) == {"least": 0, "most": 100}
