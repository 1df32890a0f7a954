"""infra/regions.json: Cloud Run's regions, as Terraform and the endpoint tool read them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.support.terraform import ROOT

REGIONS: dict[str, dict[str, Any]] = json.loads((ROOT / "infra" / "regions.json").read_text())


def test_tiers() -> None:
    assert Counter(region["tier"] for region in REGIONS.values()) == {1: 20, 2: 23}


def test_no_city_twice() -> None:
    cities = [region["city"] for region in REGIONS.values()]
    assert len(set(cities)) == len(cities)


@pytest.mark.parametrize("name", REGIONS)
def test_region(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+\d+", name)
    assert set(REGIONS[name]) == {"city", "tier", "gpu"}
    assert set(REGIONS[name]["gpu"]) <= {"nvidia-l4", "nvidia-rtx-pro-6000"}
    assert set(REGIONS[name]["gpu"].values()) <= {"open", "invitation"}


def test_where_the_gpus_are() -> None:
    found = {
        (gpu, terms): {name for name, region in REGIONS.items() if region["gpu"].get(gpu) == terms}
        for gpu in ("nvidia-l4", "nvidia-rtx-pro-6000")
        for terms in ("open", "invitation")
    }
    assert found == {
        ("nvidia-l4", "open"): {"asia-southeast1", "europe-west1", "europe-west4", "us-east4"},
        ("nvidia-l4", "invitation"): {"asia-south1", "us-central1"},
        ("nvidia-rtx-pro-6000", "open"): {"asia-southeast1", "europe-west4", "us-central1"},
        ("nvidia-rtx-pro-6000", "invitation"): {"asia-south2"},
    }
