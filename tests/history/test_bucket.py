"""What a bucket adds: objects that are written once, and jobs that end between two of them."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.command import here
from tests.history.runs import run, written


@pytest.fixture
def store_url(s3_endpoint, request):
    request.getfixturevalue("monkeypatch").setenv("AWS_ENDPOINT_URL", s3_endpoint)
    for name, value in (("ACCESS_KEY_ID", "k"), ("SECRET_ACCESS_KEY", "s"), ("DEFAULT_REGION", "us-east-1")):
        request.getfixturevalue("monkeypatch").setenv(f"AWS_{name}", value)
    bucket = f"b-{abs(hash(request.node.name))}"
    boto3.client("s3").create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    return f"s3://{bucket}"


def keys(url):
    return [one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket=url[5:]).get("Contents", [])]


def test_an_object_is_never_written_twice(store_url, tmp_path):
    path = written(tmp_path, run("2026-03-01"))
    for _ in range(2):
        assert here(tmp_path, "history", "add", *path, "--store", store_url).status == 0

    versions = boto3.client("s3").list_object_versions(Bucket=store_url[5:])["Versions"]
    assert sorted(one["Key"].split("/")[0] for one in versions) == ["records", "runs"]


def test_a_run_without_its_record_does_not_count(store_url, tmp_path):
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01")), "--store", store_url)
    record = next(key for key in keys(store_url) if key.startswith("records/"))
    boto3.client("s3").delete_object(Bucket=store_url[5:], Key=record)

    assert json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out) == []
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01")), "--store", store_url)
    assert len(json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out)) == 1


def test_a_bucket_that_is_not_there_is_one_line(store_url, tmp_path):
    done = here(tmp_path, "history", "list", "--store", f"{store_url}-elsewhere")

    assert done.status == 2
    assert "NoSuchBucket" in done.err


def test_a_damaged_object_is_named_and_the_others_count(store_url, tmp_path):
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01"), run("2026-03-02")), "--store", store_url)
    record = min(key for key in keys(store_url) if key.startswith("records/"))
    boto3.client("s3").put_object(Bucket=store_url[5:], Key=record, Body=b"half")

    listed = here(tmp_path, "history", "list", "--store", store_url, "-f", "json")

    assert listed.status == 2
    assert record in listed.err
    assert len(json.loads(listed.out)) == 1
