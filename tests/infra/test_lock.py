"""The lock of what the image installs: whole, by hashes, and not older than what it is made of."""

from __future__ import annotations

import re
from hashlib import sha256

from tests.support.server import ROOT

LOCK = (ROOT / "requirements-image.lock").read_text()
INPUTS = [(ROOT / name).read_text() for name in ("requirements-onnx.txt", "requirements-lambda.txt")]
DOCKERFILE, MAKEFILE = (ROOT / "Dockerfile").read_text(), (ROOT / "Makefile").read_text()


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;\\]+)", text, re.MULTILINE))


def test_lock_is_of_the_files_that_there_are() -> None:
    digest = sha256("".join(f"{line}\n" for text in INPUTS for line in lines(text)).encode()).hexdigest()
    assert f"make lock    # of {digest}\n" in LOCK, "requirements-image.lock is too old: `make lock` renews it"
    asked = {name: version for text in INPUTS for name, version in pins(text).items()}
    assert asked.items() <= pins(LOCK).items()


def test_every_package_has_its_version_and_hashes() -> None:
    packages = re.split(r"^(?=\w)", "\n".join(lines(LOCK)), flags=re.MULTILINE)[1:]
    assert len(packages) == len(pins(LOCK))
    for package in packages:
        assert re.match(r"[\w.-]+==\S+( ; [^\\]+)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n?)+$", package), package[
            :80
        ]


def test_lock_names_no_address_and_no_path() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^ *(-i|--index|--extra|--find|-f|-e|file:|/|\.)", LOCK, re.MULTILINE)


def test_image_installs_the_lock_alone() -> None:
    installed = re.findall(r"pip .*? install((?:.|\\\n)*?)&&", DOCKERFILE)
    assert [re.findall(r"-r (\S+)", command) for command in installed] == [["requirements-image.lock"]]
    assert all("--require-hashes" in command and "--only-binary :all:" in command for command in installed)


def test_lock_is_for_the_images_python() -> None:
    (image,) = re.findall(r"^ARG PYTHON=python:(3\.\d+)-", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"uv pip compile .*--python-version (\S+)", MAKEFILE) == [image]
