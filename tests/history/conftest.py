"""The three kinds of stores, each for real: a file, a PostgreSQL server, a bucket behind HTTP."""

from __future__ import annotations

import uuid

import pytest
from moto.server import ThreadedMotoServer

from tests.history.postgres import Server


@pytest.fixture(scope="session")
def postgres():
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def s3_endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql", "s3"])
def store_url(request, tmp_path, monkeypatch):
    """Return the URL of an empty store."""
    name = f"h{uuid.uuid4().hex}"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'history.db'}"
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").database(name)
    import boto3

    endpoint = request.getfixturevalue("s3_endpoint")
    for variable, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(variable, value)
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}/audits"
