"""What gcloud is told of a deployment: a first one gets every setting, a later one only what was asked for."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from infra.tool.errors import UsageError
from infra.tool.sizes import Size

_PROBE = "httpGet.path=/health,httpGet.port=8080,periodSeconds=1,timeoutSeconds=1,failureThreshold=120"


def what(asked: Namespace, source: Path, image: str | None) -> list[str]:
    if image:
        return [f"--image={image}"]
    if asked.buildpack:
        return [f"--source={source}", "--function=predict", "--base-image=python312"]
    return [f"--source={source}"]  # with a Dockerfile in it, which gcloud then builds


def settings(asked: Namespace, size: Size, *, new: bool) -> list[str]:
    flags = {
        "--cpu": (asked.cpu or asked.gpu, size.cpu),
        "--memory": (asked.memory or asked.gpu, size.memory_text),
        "--concurrency": (asked.concurrency, size.concurrency),
        "--min-instances": (asked.min is not None, size.least),
        "--max-instances": (asked.max, size.most),
        "--service-account": (asked.service_account, asked.service_account),
        "--startup-probe": (False, _PROBE),
        "--execution-environment": (False, "gen2"),
    }
    chosen_flags = [f"{flag}={value}" for flag, (given, value) in flags.items() if value is not None and (given or new)]
    if new:
        chosen_flags.append("--cpu-boost")
    if asked.gpu:
        chosen_flags += ["--gpu=1", f"--gpu-type={asked.gpu}", "--no-gpu-zonal-redundancy", "--no-cpu-throttling"]
    return chosen_flags + _access(asked, new=new) + _environment(asked, size, new=new)


def _access(asked: Namespace, *, new: bool) -> list[str]:
    if asked.public or asked.keys_secret or asked.keys_file_secret:
        return ["--allow-unauthenticated"]
    return ["--no-allow-unauthenticated"] if asked.private or new else []


def _environment(asked: Namespace, size: Size, *, new: bool) -> list[str]:
    keyed = asked.keys_secret or asked.keys_file_secret
    values: dict[str, str] = {}
    if new or asked.memory:
        # Files lie in memory, so weights count twice; a quarter leaves half to requests.
        values["CACHE_MB"] = str(int(size.memory * 256))
    if keyed or asked.public or asked.private or new:
        # Without keys it is IAM that asks who calls, unless --public.
        values["ALLOW_ANONYMOUS"] = "false" if keyed else "true"
    if asked.model_store:
        values["MODEL_STORE"] = asked.model_store
    if asked.default_model:
        values["DEFAULT_MODEL"] = asked.default_model
    if asked.keys_file_secret:
        values["API_KEYS_FILE"] = "/keys/keys.json"
    values |= dict(asked.env)
    flags = []
    if values:
        flags.append(f"--update-env-vars={_joined(values)}")
    if asked.keys_secret:
        flags.append(f"--update-secrets=API_KEYS={_versioned(asked.keys_secret)}")
    if asked.keys_file_secret:
        flags.append(f"--update-secrets=/keys/keys.json={_versioned(asked.keys_file_secret)}")
    return flags


def _joined(values: dict[str, str]) -> str:
    """gcloud's list of pairs, parted by what none of them contains (`gcloud topic escaping`)."""
    text = "".join(values.values())
    mark = next((mark for mark in ",|#~;@!" if mark not in text), None)
    if mark is None:
        raise UsageError("--env has values that no list can hold: they use all of , | # ~ ; @ !")
    pairs = mark.join(f"{name}={value}" for name, value in values.items())
    return pairs if mark == "," else f"^{mark}^{pairs}"


def _versioned(secret: str) -> str:
    return secret if ":" in secret else f"{secret}:latest"
