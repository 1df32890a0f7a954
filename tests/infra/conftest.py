"""One copy of infra/ and one set of providers for all tests here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

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
    standin = support.standin_folder()
    if told is not None:
        yield Terraform(infra, told)
        return
    if standin is None:
        yield Terraform(infra, support.plugins_or_registry(folder))
        return
    try:
        python = support.standin_python(request.config.cache.mkdir("terraform-standin"))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the stand-in for the google provider lacks its packages: {error.stderr[-200:]}")
    environment, process, drift = support.lay_out(standin, python, folder / "providers")
    with process:
        yield Terraform(infra, environment, frozenset({"google"}), drift)
        process.terminate()
