"""Over HTTP, with nothing but BATCH set, requests that come together are predicted together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from handlers.app import create_app
from handlers.settings import read_settings
from model_cache.builtin import EXAMPLES
from model_cache.engines import Engine, batch
from tests.model_cache.test_batch import Gate, all_waiting


class Watched(batch.Batcher):
    def __init__(self, engine: Engine, size: int, patience_s: float) -> None:
        self.gate = Gate(engine)
        self.gate.open.set()  # the model's load runs it
        super().__init__(self.gate, size, patience_s)


def test_requests_are_predicted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Watched] = []

    def watched(engine: Engine, size: int, patience_s: float) -> Watched:
        made.append(Watched(engine, size, patience_s))
        return made[0]

    monkeypatch.setattr(batch, "Batcher", watched)
    asyncio.run(_ask_all(made, tmp_path))
    assert made[0].gate.runs == [1, 4, 3]


async def _ask_all(made: list[Watched], folder: Path) -> None:
    """One request, which loads the model; then eight, of which seven wait for the first."""
    app = create_app(read_settings({"BATCH": "4", "CACHE_DIR": str(folder)}))
    picture = (EXAMPLES / "one.jpg").read_bytes()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app", timeout=60) as client:

        async def ask() -> int:
            answer = await client.post("/predict", content=picture, headers={"Content-Type": "image/jpeg"})
            return answer.status_code

        assert await ask() == 200
        gate = made[0].gate
        gate.open.clear()
        gate.runs.clear()
        asked = [asyncio.create_task(ask()) for _ in range(8)]
        try:
            await asyncio.to_thread(all_waiting, made[0], 7)
        finally:
            gate.open.set()
        assert await asyncio.gather(*asked) == [200] * 8
