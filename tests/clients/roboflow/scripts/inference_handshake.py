"""What inference-sdk says of the server and of its models, synchronously and asynchronously, as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from inference_sdk import InferenceConfiguration, InferenceHTTPClient
from inference_sdk.http.errors import HTTPCallErrorError

model, configuration = json.loads(sys.argv[1])
client = InferenceHTTPClient(api_url=os.environ["OURS"], api_key=os.environ.get("KEY", "KEY"))
client.configure(InferenceConfiguration(**configuration))


def models(registered: Any) -> dict[str, Any]:
    return {one.model_id: [one.task_type, one.input_height, one.input_width] for one in registered.models}


def failure(call: Any) -> Any:
    try:
        return call()
    except HTTPCallErrorError as error:
        return [error.status_code, error.api_message]


async def asynchronously() -> dict[str, Any]:
    return {
        "listed": models(await client.list_loaded_models_async()),
        "loaded": models(await client.load_model_async(model)),
        "unloaded": models(await client.unload_model_async(model)),
        "cleared": models(await client.unload_all_models_async()),
    }


said: dict[str, Any] = {
    "mode": client.client_mode.value,
    "info": [client.get_server_info().to_dict() for _ in range(2)],
    "listed": models(client.list_loaded_models()),
    "loaded": models(client.load_model(model, set_as_default=True)),
    "selected": client.selected_model,
    "description": client.get_model_description(model).to_dict(),
    "unloaded": models(client.unload_model(model)),
    "cleared": models(client.unload_all_models()),
    "unknown": failure(lambda: client.load_model("nobody/7")),
    "asynchronous": asyncio.run(asynchronously()),
}
print(json.dumps(said))
