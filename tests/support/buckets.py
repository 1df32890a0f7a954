"""The buckets that stores are tested against."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gcp_storage_emulator.server import create_server
from google.cloud.storage import Client

from tests.support import gcs, s3


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[gcs.FakeBucket]:
    """gs://weights, on a server that can fail."""
    fake = gcs.FakeBucket()
    with gcs.serve(fake):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", fake.url)
        yield fake
    for thread in threading.enumerate():
        if thread.name.startswith(("gcs", "store_")):
            thread.join(gcs.PATIENCE)


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    """gs://weights, on gcp-storage-emulator: the client's own bucket, to upload with, and the emulator's URL."""
    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket=gcs.BUCKET)
    server.start()
    try:
        url = f"http://127.0.0.1:{server._api._httpd.server_port}"
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        yield Client(project=None).bucket(gcs.BUCKET), url
    finally:
        server.stop()


@pytest.fixture
def s3_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[s3.FakeS3]:
    """s3://weights, on moto's server behind one that can fail."""
    fake = s3.FakeS3()
    for name, value in s3.environment("").items():
        monkeypatch.setenv(name, value)
    with s3.serve(fake):
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        fake.client().create_bucket(Bucket=gcs.BUCKET)
        yield fake
        fake.empty()
    for thread in threading.enumerate():
        if thread.name.startswith("s3"):
            thread.join(gcs.PATIENCE)
