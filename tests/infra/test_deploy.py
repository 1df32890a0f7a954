"""infra/endpoint deploy: what gcloud is told."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from infra.tool import deploying
from tests.infra.conftest import Ask
from tests.infra.run_api import PROJECT, FakeRun

US, EU = "us-east1", "europe-west4"
IMAGE = f"us-docker.pkg.dev/{PROJECT}/yolo/endpoint@sha256:{'a' * 64}"
ENV = ("--env", "QUEUE=8", "--env", "URL_ALLOW=a:1,b:2")


def flags(line: str) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in shlex.split(line) if word.startswith("--"))


def told(ask: Ask, *more: str, region: str = US) -> dict[str, str]:
    status, out, err = ask("deploy", "--region", region, "--dry-run", *more)
    assert status == 0, err
    assert out.startswith("gcloud run deploy yolo-endpoint ")
    return flags(out)


def test_new_endpoint_is_private_and_has_every_setting(run: FakeRun, ask: Ask) -> None:
    found = told(ask, "--image", IMAGE)
    assert (found["--cpu"], found["--memory"], found["--concurrency"]) == ("2", "4Gi", "8")
    assert (found["--min-instances"], found["--max-instances"]) == ("0", "3")
    assert "--no-allow-unauthenticated" in found
    assert found["--update-env-vars"] == "CACHE_MB=1024,ALLOW_ANONYMOUS=true"
    assert "path=/health" in found["--startup-probe"]
    assert not run.services


@pytest.mark.parametrize(
    ("arguments", "anonymous", "secret"),
    [
        (["--keys-secret", "keys"], "false", "API_KEYS=keys:latest"),
        (["--keys-file-secret", "keys:7"], "false", "/keys/keys.json=keys:7"),
        (["--public"], "true", None),
    ],
)
def test_anyone_may_call_only_with_keys_or_if_asked_for(
    arguments: list[str], anonymous: str, secret: str | None, run: FakeRun, ask: Ask
) -> None:
    found = told(ask, "--image", IMAGE, *arguments)
    assert "--allow-unauthenticated" in found
    assert f"ALLOW_ANONYMOUS={anonymous}" in found["--update-env-vars"]
    assert found.get("--update-secrets") == secret
    assert run.count("^(POST|PUT)") == 0


def test_later_deployment_changes_only_what_is_asked(run: FakeRun, ask: Ask) -> None:
    run.add(US)
    found = told(ask, "--image", IMAGE)
    assert set(found) == {"--project", "--region", "--image", "--quiet"}
    found = told(
        ask, "--image", IMAGE, "--memory", "8Gi", "--min", "1", "--env", "QUEUE=8", "--env", "URL_ALLOW=a:1,b:2"
    )
    assert (found["--memory"], found["--min-instances"]) == ("8Gi", "1")
    assert found["--update-env-vars"] == "^|^CACHE_MB=2048|QUEUE=8|URL_ALLOW=a:1,b:2"
    assert "--cpu" not in found


def test_gpu(run: FakeRun, ask: Ask) -> None:
    status, out, _ = ask("deploy", "--region", EU, "--dry-run", "--image", IMAGE, "--gpu", "nvidia-l4")
    found = flags(out)
    assert status == 0
    assert (found["--cpu"], found["--memory"], found["--gpu-type"]) == ("4", "16Gi", "nvidia-l4")
    assert "--no-cpu-throttling" in found
    status, _, err = ask("deploy", "--region", "asia-south1", "--dry-run", "--image", IMAGE, "--gpu", "nvidia-l4")
    assert status == 0
    assert "by invitation only" in err
    assert run.calls


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--gpu", "nvidia-l4", "--memory", "512"], "4 vCPUs go with 2 to 16 GiB of memory, not 512"),
        (["--gpu", "nvidia-l4"], "us-east1 has no nvidia-l4. It is in"),
        (["--cpu", "3"], "1, 2, 4, 6 or 8 vCPUs, not 3"),
        (["--cpu", "1", "--memory", "8"], "1 vCPUs go with 0.5 to 4 GiB of memory, not 8"),
        (["--min", "5", "--max", "2"], "--min from 0 to that"),
        (["--max", "0"], "stop the endpoint"),
        (["--concurrency", "2000"], "1 to 1000"),
        (["--memory", "2.1"], "quarters"),
        (["--memory", "inf"], "a number of GiB"),
        (["--memory", "512"], "go with 0.5 to 8 GiB of memory, not 512"),
        (["--source", "/no/such/folder"], "--source is a folder, and /no/such/folder is none."),
        (["--model-store", "/home/me/models"], "gs://BUCKET"),
        (["--env", "PORT=9"], "Cloud Run itself sets PORT"),
        (["--env", "lower=1"], "in capitals"),
        (["--public", "--keys-secret", "keys"], "not allowed with"),
        (["--image", "a/b:c", "--buildpack"], "not allowed with"),
    ],
)
def test_what_cloud_run_has_not_is_refused_before_anything_is_called(
    arguments: list[str], said: str, run: FakeRun, ask: Ask
) -> None:
    status, _, err = ask("deploy", "--region", US, *arguments)
    assert status == 2
    assert said in err
    assert not run.calls


def test_stopped_endpoint_is_not_deployed_to(run: FakeRun, ask: Ask) -> None:
    run.add(US, scaling={"scalingMode": "MANUAL", "manualInstanceCount": 0})
    status, _, err = ask("deploy", "--region", US, "--image", IMAGE)
    assert status == 1
    assert "is stopped there. Start it first, or say --start to do so now." in err
    assert run.count("^(POST|PUT|PATCH)") == 0


def test_buildpack_sees_no_dockerfile(run: FakeRun, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does who runs the line of a dry run, which makes the copy itself."""
    with deploying._buildpack_folder() as folder:
        assert sorted(path.name for path in folder.iterdir()) == sorted(deploying._BUILT)
        assert not list(folder.rglob("__pycache__"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    status, line, _ = ask("deploy", "--region", US, "--buildpack", "--dry-run")
    assert status == 0
    told = 'gcloud() { printf "%s\\n" "$@"; }; '
    done = subprocess.run(["bash", "-ec", told + line], capture_output=True, text=True, check=True)
    found = dict(word.partition("=")[::2] for word in done.stdout.splitlines())
    assert (found["--function"], found["--base-image"]) == ("predict", "python312")
    assert Path(found["--source"]).parent == tmp_path
    assert sorted(path.name for path in Path(found["--source"]).iterdir()) == sorted(deploying._BUILT)
    assert run.calls


def test_dry_run_of_a_start_first_shows_both(run: FakeRun, ask: Ask) -> None:
    run.add(US, scaling={"scalingMode": "MANUAL", "manualInstanceCount": 0})
    lines = ask("deploy", "--region", US, "--image", IMAGE, "--start", "--dry-run")[1].splitlines()
    assert [line.split()[:4] for line in (lines[0], lines[-1])] == [
        ["gcloud", "beta", "run", "services"],
        ["gcloud", "run", "deploy", "yolo-endpoint"],
    ]
    assert run.count("^PATCH") == 0


def test_without_gcloud(run: FakeRun, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")
    status, _, err = ask("list")
    assert (status, err.startswith("endpoint list: gcloud is not installed: https://")) == (1, True)
    assert not run.calls
