"""Server-Timing, of the real server: by its names, and beside the answer's own numbers."""

from __future__ import annotations

import httpx
import pytest

from model_cache.builtin import EXAMPLES

FILE = (EXAMPLES / "shapes.jpg").read_bytes()
PREDICTED = ["preprocess", "inference", "postprocess"]


def parts(response: httpx.Response) -> dict[str, float]:
    assert response.status_code == 200, response.text
    pairs = (part.split(";dur=") for part in response.headers["server-timing"].split(", "))
    return {name: float(ms) for name, ms in pairs}


def test_agrees_with_the_speed_that_is_answered(client: httpx.Client) -> None:
    response = client.post("/predict", files={"file": FILE})
    found = parts(response)
    assert list(found) == ["decode", *PREDICTED, "serialise", "total"]
    assert {name: found[name] for name in PREDICTED} == response.json()["images"][0]["speed"]
    assert sum(found.values()) - found["total"] <= found["total"]


@pytest.mark.parametrize("wanted", ["image", "image_and_json"])
def test_rendering_is_a_part_where_it_is_done(wanted: str, client: httpx.Client) -> None:
    found = parts(client.post("/predict", files={"file": FILE}, data={"format": wanted}))
    assert list(found) == ["decode", *PREDICTED, "render", "serialise", "total"]
    assert found["render"] > 0


def test_several_pictures_are_counted_together(client: httpx.Client) -> None:
    response = client.post("/predict", files=[("file", FILE), ("file", FILE)])
    found = parts(response)
    answered = sum(image["speed"]["inference"] for image in response.json()["images"])
    assert found["inference"] == pytest.approx(answered, abs=0.01)
