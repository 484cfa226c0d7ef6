"""`ctguard logs` against S3 over HTTP: a forged archive on moto's server."""

from __future__ import annotations

import json
import random

import pytest

from ctguard.cli import main
from ctguard.logs.times import HOUR, iso
from tests.logs.forge import BUCKET, HOME, START, Archive, chain, public_key, record
from tests.logs.served import ACCOUNT, ARN, ENVIRONMENT, Answer, served

MEMBER = "444455556666"


@pytest.fixture(scope="module")
def running():
    with served() as server:
        yield server


@pytest.fixture
def server(running, monkeypatch):
    running.reset()
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    running.keys += [public_key(region=region) for region in (HOME, "eu-west-1")]
    return running


def delivered(server, hours=6, **settings):
    """Return a chain that lies in the bucket of a trail."""
    forged = chain(account=ACCOUNT)
    forged.deliver(hours)
    server.upload(forged.archive)
    server.create_trail(**settings)
    server.requests.clear()
    return forged


def verify(capsys, forged, *more):
    """Return exit status and report over all the time of a chain."""
    when = ["--start", iso(forged.window.start), "--end", iso(forged.window.end)]
    status = main(["logs", "verify", "--trail-arn", ARN, *when, "-f", "json", *more])
    captured = capsys.readouterr()
    assert captured.out, captured.err
    return status, json.loads(captured.out)


def xml_error(status: str, code: str, message: str = "", **headers: str) -> Answer:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return status, [("Content-Type", "application/xml"), *headers.items()], body


def test_a_trail_is_found_listed_fetched_and_proven(server, capsys):
    forged = delivered(server)

    status, document = verify(capsys, forged)

    assert (status, document["status"]) == (0, "valid")
    assert document["totals"]["logs"]["valid"] == 12
    assert [key["region"] for key in document["public_keys"]] == [HOME]


def test_a_run_makes_one_request_an_object_and_the_listing(server, capsys):
    forged = delivered(server, hours=26)

    verify(capsys, forged)

    objects = server.object_requests()
    assert sorted(objects) == sorted(set(objects))
    assert len(objects) == 26 * 3
    assert len(server.requests) - len(objects) <= 12


def test_tampering_in_the_bucket_is_found(server, capsys):
    forged = delivered(server)
    s3 = server.client("s3")
    log, digest = forged.digests[1].logs[0], forged.digests[3].key
    s3.put_object(Bucket=BUCKET, Key=log, Body=b"changed", ContentEncoding="gzip")
    s3.delete_object(Bucket=BUCKET, Key=digest)

    status, document = verify(capsys, forged)

    assert (status, document["status"]) == (1, "invalid")
    found = {(finding["kind"], finding["object"]) for finding in document["findings"]}
    assert {("log_modified", log), ("digest_missing", digest)} <= found


def test_a_multi_region_trail_is_expected_in_every_enabled_region(server, capsys):
    forged = delivered(server, IsMultiRegionTrail=True)

    status, document = verify(capsys, forged)

    absent = {finding["region"] for finding in document["findings"]}
    assert (status, document["status"]) == (1, "gap")
    assert {finding["kind"] for finding in document["findings"]} == {"no_digests"}
    assert {"eu-west-1", "us-west-2"} <= absent
    assert HOME not in absent


def test_an_organization_trail_is_expected_in_every_active_account(server, capsys):
    organizations = server.client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    member = organizations.create_account(Email="a@example.com", AccountName="member")["CreateAccountStatus"][
        "AccountId"
    ]
    archive = Archive()
    forged = chain(archive, account=ACCOUNT, root=f"AWSLogs/{organization}/")
    forged.deliver(3)
    server.upload(archive)
    server.create_trail(IsOrganizationTrail=True)

    status, document = verify(capsys, forged)

    assert (status, document["status"]) == (1, "gap")
    assert [(finding["kind"], finding["account_id"]) for finding in document["findings"]] == [("no_digests", member)]


def test_an_organization_is_found_in_the_bucket_when_the_trail_is_gone(server, capsys):
    forged = chain(account=ACCOUNT, root="audit/AWSLogs/o-abc123def4/")
    forged.deliver(3)
    other = chain(forged.archive, account=MEMBER, root="audit/AWSLogs/o-abc123def4/")
    other.deliver(3)
    server.upload(forged.archive)

    status, document = verify(capsys, forged, "--s3-bucket", BUCKET, "--s3-prefix", "audit")

    assert (status, document["status"]) == (0, "valid")
    assert [found["account_id"] for found in document["chains"]] == [ACCOUNT, MEMBER]


def test_a_trail_of_the_account_beside_the_organizations_is_not_mistaken_for_it(server, capsys):
    forged = chain(account=ACCOUNT, root="AWSLogs/o-abc123def4/")
    forged.deliver(3)
    chain(forged.archive, account=ACCOUNT, trail="other-trail").deliver(3)
    server.upload(forged.archive)

    status, document = verify(capsys, forged, "--s3-bucket", BUCKET)

    assert (status, len(document["chains"])) == (0, 1)


def test_a_trail_that_is_gone_needs_a_bucket(server, capsys):
    assert main(["logs", "verify", "--trail-arn", ARN, "--start", "2026-03-01"]) == 2
    assert "--s3-bucket" in capsys.readouterr().err


@pytest.mark.parametrize("seed", [1, 2])
def test_faults_at_a_rate_of_five_percent_change_nothing(server, capsys, seed):
    forged = delivered(server, hours=15)
    server.client("s3").delete_object(Bucket=BUCKET, Key=forged.digests[5].logs[0])
    expected = verify(capsys, forged)
    chance = random.Random(seed)
    broken = []

    def breaks(path, environ):
        if not path.startswith(f"/{BUCKET}") or chance.random() > 0.05:
            return None
        broken.append(path)
        return chance.choice(
            [
                xml_error("503 Slow Down", "SlowDown", "Please reduce your request rate."),
                xml_error("500 Internal Server Error", "InternalError"),
                ("200 OK", [("Content-Length", "100000")], b"\x1f\x8bbroken off"),
                ("200 OK", [], b"\x1f\x8bnot what it was"),
                ("200 OK", [], b""),
            ]
        )

    server.breaks = breaks
    assert verify(capsys, forged) == expected
    assert broken


KINDS = {
    "access_denied": xml_error("403 Forbidden", "AccessDenied", "Access Denied"),
    "kms_denied": xml_error("403 Forbidden", "AccessDenied", "not authorized to perform: kms:Decrypt on the key"),
    "archived": xml_error("403 Forbidden", "InvalidObjectState", "The operation is not valid for the storage class"),
    "server_error": xml_error("500 Internal Server Error", "InternalError"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_that_s3_refuses_is_an_error_of_its_kind(server, capsys, kind, monkeypatch):
    monkeypatch.setattr("ctguard.logs.store._LONGEST_WAIT", 0.01)
    forged = delivered(server)
    refused = forged.digests[2].logs[1]
    server.breaks = lambda path, environ: KINDS[kind] if path.endswith(refused) else None

    status, document = verify(capsys, forged)

    assert (status, document["status"]) == (2, "error")
    assert [(finding["kind"], finding["object"]) for finding in document["findings"]] == [(kind, refused)]
    assert document["totals"]["logs"] == {"valid": 11, "invalid": 0, "missing": 0, "unlisted": 0, "error": 1}


def test_a_connection_that_breaks_for_good_is_an_error_of_the_network(server, capsys, monkeypatch):
    monkeypatch.setattr("ctguard.logs.store._LONGEST_WAIT", 0.01)
    forged = delivered(server)
    refused = forged.digests[2].key
    cut = ("200 OK", [("Content-Length", "100000")], b"\x1f\x8b")
    server.breaks = lambda path, environ: cut if path.endswith(refused) else None

    _, document = verify(capsys, forged)

    assert [(finding["kind"], finding["object"]) for finding in document["findings"]] == [("network", refused)]


def test_regions_that_cannot_be_asked_for_are_named_and_the_rest_is_proven(server, capsys):
    forged = delivered(server, IsMultiRegionTrail=True)

    def breaks(path, environ):
        if "/ec2/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            return xml_error("403 Forbidden", "UnauthorizedOperation", "not yours")
        return None

    server.breaks = breaks
    status, document = verify(capsys, forged)

    (finding,) = document["findings"]
    assert (status, document["status"], finding["kind"]) == (2, "error", "access_denied")
    assert "DescribeRegions" in finding["detail"]
    assert "--region" in finding["detail"]
    assert document["chains"][0]["status"] == "valid"

    assert verify(capsys, forged, "--region", HOME)[0] == 0


def test_keys_that_are_denied_are_one_finding_for_the_region(server, capsys):
    forged = delivered(server)

    def breaks(path, environ):
        if environ.get("HTTP_X_AMZ_TARGET", "").endswith("ListPublicKeys"):
            return (
                "400 Bad Request",
                [("Content-Type", "application/x-amz-json-1.1")],
                b'{"__type":"AccessDeniedException"}',
            )
        return None

    server.breaks = breaks
    status, document = verify(capsys, forged)

    (finding,) = document["findings"]
    assert (status, finding["kind"], finding["region"]) == (2, "access_denied", HOME)
    assert "ListPublicKeys" in finding["detail"]


def test_a_bucket_in_another_region_is_followed(server, capsys):
    forged = delivered(server)

    def breaks(path, environ):
        if path.startswith(f"/{BUCKET}") and "/us-east-1/s3" in environ.get("HTTP_AUTHORIZATION", ""):
            return xml_error("301 Moved Permanently", "PermanentRedirect", **{"x-amz-bucket-region": "eu-central-1"})
        return None

    server.breaks = breaks
    status, _ = verify(capsys, forged)

    assert status == 0


def test_a_second_run_over_a_proven_window_fetches_digests_only(server, capsys, tmp_path):
    forged = delivered(server, hours=12)
    told = {"requestParameters": {"name": ARN}, "recipientAccountId": ACCOUNT}
    (last,) = forged.deliver(1, records=[record("PutEventSelectors", forged.clock + 60, **told)])
    server.upload(Archive({(BUCKET, key): forged.archive.get(key) for key in (last.key, *last.logs)}))
    first = verify(capsys, forged, "--checkpoint", str(tmp_path / "proven.db"))
    server.requests.clear()

    second = verify(capsys, forged, "--checkpoint", str(tmp_path / "proven.db"))

    assert second == first
    assert first[1]["tamper_events"]
    assert len(server.object_requests()) == 13
    assert all("CloudTrail-Digest" in path for path in server.object_requests())


def test_a_checkpoint_is_not_trusted_for_an_object_that_was_written_again(server, capsys, tmp_path):
    forged = delivered(server)
    verify(capsys, forged, "--checkpoint", str(tmp_path / "proven.db"))
    changed = forged.digests[2].logs[0]
    server.client("s3").put_object(Bucket=BUCKET, Key=changed, Body=b"changed")

    _, document = verify(capsys, forged, "--checkpoint", str(tmp_path / "proven.db"))

    assert [(finding["kind"], finding["object"]) for finding in document["findings"]] == [("log_modified", changed)]


def test_saved_keys_prove_a_copy_without_aws(server, capsys, tmp_path, monkeypatch):
    forged = delivered(server)
    keys = str(tmp_path / "keys.json")
    when = ["--start", iso(START), "--end", iso(forged.clock)]
    assert main(["logs", "keys", "--trail-arn", ARN, *when, "-o", keys]) == 0
    forged.archive.write_to(tmp_path / "copy")
    capsys.readouterr()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    status, document = verify(capsys, forged, "--from-dir", str(tmp_path / "copy"), "--public-keys", keys)

    saved = json.loads((tmp_path / "keys.json").read_text())
    assert (status, document["status"]) == (0, "valid")
    assert saved["source"] == "cloudtrail:ListPublicKeys"
    assert ACCOUNT in saved["saved_by"]
    assert saved["trail"]["bucket"] == BUCKET


def test_the_status_of_the_trail_explains_that_it_was_stopped(server, capsys):
    forged = delivered(server)
    server.client("cloudtrail").stop_logging(Name=forged.place.trail_name)

    when = ["--start", iso(START), "--end", iso(forged.clock + 3 * HOUR)]
    status = main(["logs", "verify", "--trail-arn", ARN, *when, "-f", "json"])

    document = json.loads(capsys.readouterr().out)
    # It was stopped just now, months after the window: that explains nothing of it.
    assert (status, [finding["kind"] for finding in document["findings"]]) == (1, ["digest_missing"])


def test_depth_is_measured_by_listing_alone(server, capsys):
    forged = chain(account=ACCOUNT)
    for _ in range(3):
        forged.deliver(1)
        forged.pause(23)
    server.upload(forged.archive)
    server.create_trail()
    server.requests.clear()

    assert main(["logs", "depth", "--trail-arn", ARN, "--months", "12", "-f", "json"]) == 1

    (row,) = json.loads(capsys.readouterr().out)["chains"]
    assert (row["first_day"], row["last_day"], row["days_with_logs"]) == ("2026-03-01", "2026-03-03", 3)
    assert server.object_requests() == []
    assert forged.digests


def test_without_credentials_the_command_says_so(server, capsys, monkeypatch, tmp_path):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert main(["logs", "verify", "--trail-arn", ARN, "--start", "2026-03-01", "-f", "json"]) == 2

    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["kind"] == "access_denied"
    assert "credentials" in finding["detail"]
