"""Where a command of infra/endpoint acts: the regions that are named, all of them, or none that has the service."""

from __future__ import annotations

import json

import pytest

from infra.tool.cli import _IN_CLOUD
from tests.infra.conftest import Ask
from tests.infra.run_api import PROJECT, FakeRun

US, EU = "us-east1", "europe-west4"


@pytest.mark.parametrize("command", sorted(_IN_CLOUD))
def test_regions_and_all_of_them_do_not_go_together(command: str, run: FakeRun, ask: Ask) -> None:
    status, _, err = ask(command, "--all", "--region", US)
    assert status == 2
    assert "not allowed with" in err
    assert not run.calls


def test_everywhere_is_no_region_of_its_own(run: FakeRun, ask: Ask) -> None:
    status, _, err = ask("deploy", "--everywhere", "--region", US)
    assert (status, "not allowed with" in err) == (2, True)
    assert not run.calls


@pytest.mark.parametrize("command", ["status", "url", "list", "logs"])
def test_all_is_what_is_looked_at_anyway(command: str, run: FakeRun, ask: Ask) -> None:
    for region in (US, EU):
        run.add(region)
    assert ask(command, "--all") == ask(command)
    assert ask(command, "--all")[0] == 0


def test_list_of_regions_and_of_a_name(run: FakeRun, ask: Ask) -> None:
    for region in (US, EU):
        run.add(region)
    run.add(EU, "other")

    def listed(*arguments: str) -> list[tuple[str, str]]:
        return [(row["name"], row["region"]) for row in json.loads(ask("list", "--json", *arguments)[1])]

    assert listed("--region", US) == [("yolo-endpoint", US)]
    assert listed("--region", EU) == [("other", EU), ("yolo-endpoint", EU)]
    assert listed("--name", "other") == [("other", EU)]
    assert listed("--name", "yolo-endpoint") == [("yolo-endpoint", EU), ("yolo-endpoint", US)]
    assert listed("--name", "other", "--region", US) == []


def test_url_of_what_is_not_there_is_an_error(run: FakeRun, ask: Ask) -> None:
    """An empty answer would let a script call nothing at all."""
    service = run.add(US)
    assert ask("url", "--region", EU) == (1, "", f"{EU}: yolo-endpoint has no address there.\n")
    assert ask("url", "--region", US, "--region", EU)[:2] == (3, service["uri"] + "\n")
    status, _, err = ask("url", "--name", "nothing")
    assert (status, err) == (1, f"endpoint url: There is no nothing in any region of {PROJECT}.\n")
    assert "error" in json.loads(ask("url", "--region", EU, "--json")[1])[0]


@pytest.mark.parametrize("command", ["start", "stop", "delete"])
def test_dry_run_says_that_there_is_nothing(command: str, run: FakeRun, ask: Ask) -> None:
    status, out, _ = ask(command, "--region", US, "--dry-run")
    assert (status, out) == (1, f"# {US}: There is no yolo-endpoint in {US}.\n")
    assert run.calls
