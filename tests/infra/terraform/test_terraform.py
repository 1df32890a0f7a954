"""infra/ is formatted and valid, its own tests pass, and a stop from outside survives the next apply."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.terraform import ROOT, NoProvider, Terraform

INFRA = ROOT / "infra"
TESTED = sorted(str(path.parent.relative_to(INFRA)) for path in INFRA.rglob("tests") if path.is_dir())
EXAMPLES = sorted(path.name for path in (INFRA / "examples").iterdir())
VALIDATED = [name for name in EXAMPLES if name != "lambda"]  # aws/tests does: that provider takes long to start


KEYS = f'{{ hashes = ["sha256:{"0" * 64}"] }}'


def ready(terraform: Terraform, folder: str) -> None:
    try:
        terraform.init(folder)
    except NoProvider as missing:
        pytest.skip(str(missing))


def test_formatted(terraform: Terraform) -> None:
    assert terraform.good(".", "fmt", "-check", "-recursive") == ""


@pytest.mark.parametrize("folder", TESTED)
def test_own_tests(terraform: Terraform, folder: str) -> None:
    ready(terraform, folder)
    printed = terraform.good(folder, "test")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", printed), printed


@pytest.mark.parametrize("example", VALIDATED)
def test_example_is_valid(terraform: Terraform, example: str) -> None:
    folder = f"examples/{example}"
    ready(terraform, folder)
    assert "Success" in terraform.good(folder, "validate")


def test_each_example_is_applied_by_a_test() -> None:
    text = "".join(path.read_text() for path in INFRA.rglob("*.tftest.hcl"))
    assert set(re.findall(r'source = "[./]+/examples/(\w+)"', text)) == set(EXAMPLES)


SERVICE = {
    "project": "my-project",
    "name": "stopped",
    "region": "europe-west4",
    "image": "europe-west4-docker.pkg.dev/my-project/yolo/endpoint:1",
    "service_account": "yolo-runtime@my-project.iam.gserviceaccount.com",
}


def test_a_stop_from_outside_is_not_undone(terraform: Terraform) -> None:
    if terraform.drift is None:
        pytest.skip("only the stand-in lets a service change behind Terraform's back")
    folder = "modules/endpoint"
    ready(terraform, folder)
    values = [f"-var={name}={value}" for name, value in SERVICE.items()]
    terraform.good(folder, "apply", "-auto-approve", *values)

    def planned(change: dict[str, object], *more: str) -> tuple[int, str]:
        assert terraform.drift is not None
        terraform.drift.write_text(json.dumps({"google_cloud_run_v2_service/stopped": change}))
        done = terraform.run(folder, "plan", "-detailed-exitcode", *values, *more)
        return done.returncode, done.stdout + done.stderr

    stopped: dict[str, object] = {"scaling": {"0": {"scaling_mode": "MANUAL", "manual_instance_count": 0}}}
    by_gcloud: dict[str, object] = {"client": "gcloud", "client_version": "528.0.0"}
    assert planned(stopped | by_gcloud)[0] == 0

    status, text = planned(stopped, "-var=image=europe-west4-docker.pkg.dev/my-project/yolo/endpoint:2")
    assert status == 2
    assert "endpoint:2" in text
    assert "scaling_mode" not in text

    status, text = planned({"ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY"})
    assert status == 2, "what was not stopped but changed is put right"
    assert "INGRESS_TRAFFIC_ALL" in text


def test_an_apply_settles(terraform: Terraform) -> None:
    if terraform.drift is None:
        pytest.skip("an apply without the stand-in would be a real one")
    folder = "."
    ready(terraform, folder)
    values = [
        "-var=project=my-project",
        '-var=regions=["us-central1", "europe-west4"]',
        "-var=image=yolo-endpoint:1.0",
        "-var=model_store=gs://my-weights/models",
        '-var=quota={ limit = "1000/hour;10000/month" }',
        f"-var=keys={KEYS}",
    ]
    terraform.good(folder, "apply", "-auto-approve", *values)
    sent = environments(terraform, folder)
    assert re.fullmatch(
        r"europe-west4=https://yolo-endpoint-\d+\.europe-west4\.run\.app", sent["us-central1"]["SISTER_URLS"]
    )
    assert sent["europe-west4"]["SISTER_URLS"].startswith("us-central1=")
    assert {name: sent["us-central1"][name] for name in ("MODEL_STORE", "QUOTA", "CACHE_MB")} == {
        "MODEL_STORE": "gs://my-weights/models",
        "QUOTA": "1000/hour;10000/month",
        "CACHE_MB": "1024",
    }
    assert terraform.run(folder, "plan", "-detailed-exitcode", *values).returncode == 0

    lines = re.findall(r'"(curl .*)"$', terraform.good(folder, "output", "curl"), re.MULTILINE)
    assert len(lines) == 2
    pasted = f"curl() {{ printf '%s\\n' \"$@\"; }}; API_KEY=k-1; {lines[0]}"
    told = subprocess.run(["bash", "-c", pasted], capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[:4] == ["-H", "Authorization: Bearer k-1", "-F", "file=@picture.jpg"]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('regions=["us-west1"]', "us-west1 has no nvidia-l4."),
        ('service={ gpu = "nvidia-l4", memory_gib = 512 }', "Memory and vCPUs do not fit"),
        ("service={ cpu = 3 }", "one of 2, 1, 4, 6, 8 vCPUs"),
        ("service={ max = 0 }", "To refuse requests, stop the endpoint instead."),
        ("overrides={ europe-west4 = { timeout_s = 0 } }", "1 to 3600 seconds"),
        ("observability={ alerts = {} }", "Alerts need someone to tell"),
    ],
)
def test_first_plan_refuses_what_cannot_work(terraform: Terraform, value: str, sentence: str) -> None:
    """Before there is an image too: the rules of the modules are no less asked then."""
    if terraform.drift is None:
        pytest.skip("a plan without the stand-in would ask the real cloud")
    ready(terraform, ".")
    good = {"project": "my-project", "regions": '["europe-west4"]', "service": '{ gpu = "nvidia-l4" }'}
    values = [f"-var={name}={given}" for name, given in (good | {"keys": KEYS}).items()]
    state = f"-state={terraform.infra / 'none.tfstate'}"
    assert terraform.run(".", "plan", state, *values).returncode == 0
    done = terraform.run(".", "plan", state, *values, f"-var={value}")
    assert done.returncode == 1
    assert sentence in " ".join(re.sub(r"[│╷╵]", " ", done.stderr).split())


def environments(terraform: Terraform, folder: str) -> dict[str, dict[str, str]]:
    """Region -> what the service's container is given."""
    state = json.loads((terraform.infra / folder / "terraform.tfstate").read_text())
    services = [
        instance["attributes"]
        for resource in state["resources"]
        if resource["type"] == "google_cloud_run_v2_service"
        for instance in resource["instances"]
    ]
    return {
        service["location"]: {
            variable["name"]: variable["value"] for variable in service["template"][0]["containers"][0]["env"]
        }
        for service in services
    }


def test_checkov_finds_nothing_unexplained() -> None:
    checkov = os.environ.get("CHECKOV") or shutil.which("checkov")
    if checkov is None:
        pytest.skip("checkov is not installed")
    command = [checkov, "-d", str(INFRA), "--framework", "terraform", "--compact", "--quiet", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Parsing errors" not in done.stdout, done.stdout


@pytest.mark.parametrize("path", sorted(INFRA.rglob("*.tf")), ids=lambda path: str(path.relative_to(INFRA)))
def test_each_exception_gives_its_reason(path: Path) -> None:
    for line in path.read_text().splitlines():
        if "checkov:skip" in line:
            assert re.search(r"#\s*checkov:skip=CKV2?_[A-Z]+_\d+:\S.{20,}", line), line
