"""The real aws provider applies infra/aws to a server that answers as AWS does, and takes it all down again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import boto3
import pytest

from tests.infra.terraform.test_terraform import ready
from tests.support.server import free_port
from tests.support.terraform import Terraform, aws_plugin, moto, standing

pytest.importorskip("moto.server")

VALUES = ("-var=image=1.0", "-var=model_store=s3://my-weights/models", f'-var=key_hashes=["sha256:{"0" * 64}"]')


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    port = free_port()
    with moto(tmp_path_factory.mktemp("moto"), port) as process:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_S3_USE_PATH_STYLE": "true",
        }
        process.terminate()


def test_applied_settled_destroyed(terraform: Terraform, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ready(terraform, "aws")
    plugin = aws_plugin()
    with ExitStack() as stack:
        if plugin is not None and terraform.standing:
            # One of its own: it must see where AWS is. With a bundle it cannot be configured by a second command.
            terraform = terraform.beside(stack.enter_context(standing(str(plugin), "-debug", AWS_CA_BUNDLE="", **aws)))
        apply_and_destroy(terraform, aws, monkeypatch)


def apply_and_destroy(terraform: Terraform, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    functions = boto3.client("lambda")
    terraform.good("aws", "apply", "-auto-approve", *VALUES)

    found = functions.get_function_configuration(FunctionName="yolo-endpoint")
    assert found["ImageConfigResponse"]["ImageConfig"]["Command"] == [
        "python",
        "-m",
        "awslambdaric",
        "main.lambda_handler",
    ]
    assert (found["MemorySize"], found["Timeout"], found["EphemeralStorage"]) == (3008, 60, {"Size": 512})
    assert found["Environment"]["Variables"]["MODEL_STORE"] == "s3://my-weights/models"
    assert found["Role"].endswith(":role/yolo-endpoint-eu-central-1")
    assert functions.get_function_url_config(FunctionName="yolo-endpoint")["AuthType"] == "NONE"
    policy = json.loads(functions.get_policy(FunctionName="yolo-endpoint")["Policy"])
    assert {statement["Action"] for statement in policy["Statement"]} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    assert terraform.run("aws", "plan", "-detailed-exitcode", *VALUES).returncode == 0, "a second plan finds no work"

    terraform.good("aws", "destroy", "-refresh=false", "-auto-approve", *VALUES)
    assert functions.list_functions()["Functions"] == []
    assert boto3.client("iam").list_roles()["Roles"] == []
    assert boto3.client("ecr").describe_repositories()["repositories"] == []
