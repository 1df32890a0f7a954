"""No key shows in what the server writes, however much it is told to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.keys import new_key
from tests.support.server import Server

GOOD, WRONG = new_key(), new_key()


def ask_everywhere(server: Server, key: str) -> str:
    """Requests with the key in every place, and in some where no client puts it; all that was answered."""
    headers = ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": key})
    queries = (f"api_key={key}", f"api%5Fkey={key}", f"image=http://127.0.0.1/?api_key={key}", key)
    paths = ("/predict", "/v1/predict/shapes-detect", "/shapes-detect/1", "/infer/object_detection", "/", "/v1/auth")
    with server.client() as client:
        answers = [client.post(path, headers=one) for path in paths for one in headers]
        answers += [client.post(f"{path}?{query}") for path in paths for query in queries]
        answers += [client.get(f"{path}?{query}") for path in ("/", "/health", "/acme") for query in queries]
        answers += [client.get(f"/model/registry?{query}") for query in queries]
        for body in ({"api_key": key}, {"model_id": "shapes-detect/1", "api_key": key}, {"api_key": [key]}):
            answers += [client.post(path, json=body) for path in ("/infer/object_detection", "/model/add")]
        answers.append(client.get("/api/deployments/acme/shapes-detect/metrics", headers=headers[0]))
        assert client.get("/metrics", headers={"User-Agent": key, "Referer": f"http://{key}/?{key}"}).status_code == 401
        answers.append(client.get("/metrics", headers={"x-api-key": key}))
        for path in (f"/{key}", f"/{key}/1", f"/v1/{key}/x", f"/v1/predict/{key}"):
            client.post(path)  # answered with what was asked for, to the one who asked
        assert client.get("/health").status_code == 200
    return "".join(answer.text + str(answer.headers) for answer in answers)


@pytest.mark.parametrize(
    "environment",
    [{"LOG_FORMAT": "json"}, {"GUNICORN_LOG_LEVEL": "debug"}, {"DEBUG": "1"}],
    ids=["json", "verbose", "debug"],
)
def test_log_holds_no_key(environment: dict[str, str], tmp_path: Path) -> None:
    with Server(tmp_path, API_KEYS=GOOD, **environment) as server:
        said = ask_everywhere(server, GOOD) + ask_everywhere(server, WRONG)
        log = server.log()
    assert GOOD not in said + log
    assert WRONG not in said + log
    assert "GET /model/registry 200 in" in log, "there is something to look at"
    assert "HTTP/1.1" not in log, "no server says it a second time"
