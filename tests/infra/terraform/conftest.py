"""One copy of infra/ and one set of providers for all tests here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support import terraform as support
from tests.support.terraform import Terraform


@pytest.fixture(scope="session")
def terraform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    folder = tmp_path_factory.mktemp("terraform")
    infra = support.copy(folder)
    told = support.environment_as_it_is()
    if told is not None:
        yield Terraform(infra, told)
        return
    with ExitStack() as stack:
        standing: dict[str, Any] = {}
        plugin = support.aws_plugin()
        if plugin is not None:
            standing |= stack.enter_context(support.standing(str(plugin), "-debug", AWS_EC2_METADATA_DISABLED="true"))
        standin = support.standin_folder()
        if standin is None:
            yield Terraform(infra, support.plugins_or_registry(folder), standing=standing)
            return
        try:
            python = support.standin_python(request.config.cache.mkdir("terraform-standin"))
        except subprocess.CalledProcessError as error:
            pytest.skip(f"the stand-in for the google provider lacks its packages: {error.stderr[-200:]}")
        environment, command = support.lay_out(standin, python, folder / "providers")
        drift = folder / "drift.json"
        drift.write_text("{}")
        standing |= stack.enter_context(support.standing(*command, FAKE_PROVIDER_DRIFT=str(drift)))
        yield Terraform(infra, environment, frozenset({"google"}), drift, standing)
