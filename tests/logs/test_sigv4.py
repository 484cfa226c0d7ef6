"""Our signatures are botocore's."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ctguard.logs.sigv4 import Signer, encoded_path, encoded_query

KEYS = [
    "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_20260301T1101Z_a.json.gz",
    "a b/c+d/e~f/g=h&i/ü/名/%41/..x/'quote'",
    "double//slash",
]


@pytest.mark.parametrize("token", [None, "token/with+odd=characters"])
@pytest.mark.parametrize("key", KEYS)
def test_an_object_is_signed_as_botocore_signs_it(key, token, monkeypatch):
    signer = Signer("eu-west-1", lambda: ("AKIA", "secret/key", token))
    path = encoded_path("bucket", key)

    ours = signer.headers("s3.example.com:8000", path, "")

    theirs = _signed(f"https://s3.example.com:8000{path}", token, ours["x-amz-date"], monkeypatch)
    assert unquote(path) == f"/bucket/{key}"
    assert ours["authorization"] == theirs["Authorization"]


def test_a_listing_is_signed_as_botocore_signs_it(monkeypatch):
    signer = Signer("eu-west-1", lambda: ("AKIA", "secret/key", None))
    query = encoded_query({"prefix": "a b/~c+d=", "list-type": "2", "encoding-type": "url", "start-after": "ü&/"})

    ours = signer.headers("s3.example.com", "/bucket", query)

    theirs = _signed(f"https://s3.example.com/bucket?{query}", None, ours["x-amz-date"], monkeypatch)
    assert ours["authorization"] == theirs["Authorization"]


def _signed(url, token, stamp, monkeypatch):
    request = AWSRequest(method="GET", url=url)
    auth = S3SigV4Auth(Credentials("AKIA", "secret/key", token), "s3", "eu-west-1")
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *a, **k: _moment(stamp))
    auth.add_auth(request)
    assert request.headers["X-Amz-Date"] == stamp
    return request.headers


def _moment(stamp):
    from datetime import datetime

    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")


def test_the_day_and_the_secret_change_the_signing_key():
    secrets = iter(["one", "two", "two"])
    signer = Signer("eu-west-1", lambda: ("AKIA", next(secrets), None))

    signatures = {signer.headers("host", "/", "", now=now)["authorization"] for now in (0.0, 0.0, 86400.0)}

    assert len(signatures) == 3
