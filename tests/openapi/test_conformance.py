"""Requests that schemathesis makes of the description, good and bad: no answer is one that it does not know."""

from __future__ import annotations

import base64
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.checks import CHECKS
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from handlers.openapi.document import build
from handlers.openapi.examples import small_picture
from tests.support.server import Server

PICTURE = base64.b64decode(small_picture())
# What is not held against us: much is taken that is not described, since vendors' clients send it; and a text that
# the description calls text may still be no picture, and no model's name.
LENIENT = ("negative_data_rejection", "positive_data_acceptance", "use_after_free", "ensure_resource_availability")

schemathesis.openapi.format("binary", st.just(PICTURE))
schemathesis.openapi.media_type("image/*", st.just(PICTURE))


def description(*, coverage: bool) -> OpenApiSchema:
    """coverage: whether every field is tried at its limits and beyond, with all else as it should be."""
    project = ProjectConfig(
        generation=GenerationConfig(deterministic=True, max_examples=5),
        phases=PhasesConfig(coverage=CoveragePhaseConfig(enabled=coverage)),
    )
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(build("shapes-detect", anonymous=True), config=config)


THOROUGH = description(coverage=True)
# Paths of Platform where the same is read and answered as at /predict.
ALIKE = "^/api/.+/predict$"
# Those of OpenAPI are known once there is a description.
CHECKED: list[Any] = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in LENIENT]
bounded = hypothesis.settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[*HealthCheck],
    phases=[Phase.explicit, Phase.generate],
)


@THOROUGH.exclude(path_regex=ALIKE).parametrize()
@bounded
def test_answers_are_described(case: schemathesis.Case[Any], server: Server) -> None:
    case.call_and_validate(base_url=server.url, checks=CHECKED)


@description(coverage=False).include(path_regex=ALIKE).parametrize()
@bounded
def test_answers_at_paths_alike_are_described(case: schemathesis.Case[Any], server: Server) -> None:
    case.call_and_validate(base_url=server.url, checks=CHECKED)


def test_checks_are_those_of_openapi() -> None:
    """A check that is not known yet when it is asked for would be left out without a word."""
    names = {check.__name__ for check in CHECKED}
    assert names >= {
        "not_a_server_error",
        "status_code_conformance",
        "response_schema_conformance",
        "unsupported_method",
    }
