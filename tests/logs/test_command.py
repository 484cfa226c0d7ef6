"""`ctguard logs` from the outside, on local copies: what it prints, writes and exits with."""

from __future__ import annotations

import base64
import json

import pytest

from ctguard.cli import main
from ctguard.logs.keys import KeyRing, saved_form
from ctguard.logs.times import HOUR, iso
from tests.logs.forge import ARN, BUCKET, HOME, START, Archive, chain, public_key, record

KEYS = {"us-east-1": (START, START), "eu-west-1": (START, START)}


@pytest.fixture(autouse=True)
def no_aws(monkeypatch):
    """Whoever asks AWS in these tests gets nowhere."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def save_keys(path, *keys, regions=KEYS):
    ring = KeyRing.of(keys or [public_key(region=region) for region in regions])
    path.write_bytes(saved_form(ring, asked=regions, saved_at=START, saved_by="arn:aws:iam::111122223333:user/auditor"))
    return str(path)


def verify_copy(tmp_path, forged, *more):
    """Verify the copy of a chain's bucket over all of its time, and return the exit status."""
    where = ["--from-dir", str(tmp_path / "copy"), "--public-keys", save_keys(tmp_path / "keys.json")]
    when = ["--start", iso(START), "--end", iso(forged.clock)]
    return main(["logs", "verify", "--trail-arn", ARN, *when, *where, *more])


@pytest.fixture
def copy(tmp_path):
    """Return a chain, and what verifies the copy of its bucket."""
    forged = chain()
    forged.deliver(6)

    def verify(*more):
        forged.archive.write_to(tmp_path / "copy")
        return verify_copy(tmp_path, forged, *more)

    return forged, verify


def test_a_healthy_copy_is_valid_and_the_command_exits_with_0(copy, capsys):
    _, verify = copy

    status = verify("-f", "json")

    document = json.loads(capsys.readouterr().out)
    assert status == 0
    assert document["status"] == "valid"
    assert document["trail_arn"] == ARN
    assert document["window"] == {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T16:00:00Z"}
    assert document["chains"] == [
        {
            "account_id": "111122223333",
            "region": "us-east-1",
            "kind": "standard",
            "status": "valid",
            "proven": [["2026-03-01T10:00:00Z", "2026-03-01T16:00:00Z"]],
            "digests": {"valid": 6, "invalid": 0, "missing": 0, "error": 0},
            "logs": {"valid": 12, "invalid": 0, "missing": 0, "unlisted": 0, "error": 0},
        }
    ]
    assert document["findings"] == []


def test_tampering_exits_with_1_and_an_undecided_object_with_2(copy, capsys):
    forged, verify = copy
    forged.archive.change(forged.digests[2].logs[0], body=b"changed")
    assert verify("-q") == 1

    forged.archive.change(forged.digests[4].key, metadata={})
    assert verify("-q") == 1
    assert capsys.readouterr().out == ""


def test_a_finding_has_the_keys_of_the_contract(copy, capsys):
    forged, verify = copy
    forged.archive.change(forged.digests[2].logs[0], body=b"changed")

    verify("-f", "json")

    assert json.loads(capsys.readouterr().out)["findings"] == [
        {
            "kind": "log_modified",
            "object": forged.digests[2].logs[0],
            "start": "2026-03-01T12:00:00Z",
            "end": "2026-03-01T13:00:00Z",
            "account_id": "111122223333",
            "region": "us-east-1",
            "detail": "the log file is not gzip",
        }
    ]


def test_the_console_opens_with_the_verdict_and_shows_the_hours(copy, capsys):
    forged, verify = copy
    forged.archive.change(forged.digests[2].logs[0], body=b"changed")

    verify()

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"invalid  {ARN}")
    assert "  111122223333 us-east-1  ██X███" in lines
    assert f"    {forged.digests[2].logs[0]}" in lines


def test_calls_that_weaken_the_trail_are_told_with_who_and_from_where(copy, capsys):
    forged, verify = copy
    told = {"requestParameters": {"name": ARN}, "recipientAccountId": "111122223333"}
    forged.deliver(1, records=[record("PutEventSelectors", forged.clock + 60, **told)])

    assert verify("-f", "json") == 0

    (event,) = json.loads(capsys.readouterr().out)["tamper_events"]
    assert event["event_name"] == "PutEventSelectors"
    assert event["actor"] == "arn:aws:iam::111122223333:user/mallory"
    assert (event["source_ip"], event["time"]) == ("203.0.113.7", "2026-03-01T16:01:00Z")


def test_the_report_is_written_to_files_as_well(copy, tmp_path, capsys):
    _, verify = copy
    out, other = tmp_path / "run.json", tmp_path / "run.txt"

    assert verify("-q", "-o", str(out), "-o", f"json:{other}") == 0

    assert json.loads(out.read_text()) == json.loads(other.read_text())
    assert json.loads(out.read_text())["status"] == "valid"


def test_the_same_copy_gives_the_same_bytes_whatever_the_workers(copy, capsys):
    forged, verify = copy
    forged.archive.change(forged.digests[2].logs[0], body=b"changed")
    forged.archive.delete(forged.digests[4].key)
    answers = set()

    for workers in ("1", "2", "50"):
        verify("-f", "json", "--workers", workers)
        answers.add(capsys.readouterr().out)

    assert len(answers) == 1


def test_a_copy_without_metadata_is_a_gap_and_no_tampering(tmp_path, capsys):
    forged = chain()
    forged.deliver(3)
    forged.archive.write_to(tmp_path / "copy", sidecars=False)

    status = verify_copy(tmp_path, forged, "-f", "json")

    document = json.loads(capsys.readouterr().out)
    assert (status, document["status"]) == (1, "gap")
    assert {finding["kind"] for finding in document["findings"]} == {"coverage_gap"}
    assert "metadata" in document["findings"][0]["detail"]


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("folder", ["", BUCKET, f"{BUCKET}/deep/er", "deep/er"])
def test_a_copy_may_lie_under_its_bucket_name_and_its_prefix(tmp_path, capsys, folder, told):
    archive = Archive()
    prefix = folder.removeprefix(BUCKET).strip("/")
    forged = chain(archive, root=f"{prefix}/AWSLogs/" if prefix else "AWSLogs/")
    forged.deliver(3)
    archive.write_to(tmp_path / "copy" / BUCKET if folder.startswith(BUCKET) else tmp_path / "copy")
    more = ["--s3-bucket", BUCKET, "--s3-prefix", prefix] if told else []

    status = verify_copy(tmp_path, forged, "-f", "json", *more)

    assert status == 0, capsys.readouterr().out


def test_a_copy_of_another_bucket_is_moved(copy, capsys):
    _, verify = copy

    assert verify("-f", "json", "--s3-bucket", "a-copy-of-it") == 1

    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {finding["kind"] for finding in findings} == {"digest_moved"}
    assert len(findings) == 6


def test_a_chain_of_another_region_in_the_copy_is_verified_too(copy, capsys):
    forged, verify = copy
    chain(forged.archive, region="eu-west-1").deliver(6)

    assert verify("-f", "json") == 0

    assert [found["region"] for found in json.loads(capsys.readouterr().out)["chains"]] == ["eu-west-1", "us-east-1"]


def test_a_region_whose_keys_were_not_saved_is_an_error(copy, capsys):
    forged, verify = copy
    chain(forged.archive, region="sa-east-1").deliver(6)

    assert verify("-f", "json") == 2

    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["kind"], finding["region"]) == ("key_missing", "sa-east-1")


def test_a_region_that_is_asked_for_must_be_there(copy, capsys):
    _, verify = copy

    assert verify("-f", "json", "--region", "us-east-1", "--region", "eu-west-1") == 1

    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["kind"], finding["region"]) == ("no_digests", "eu-west-1")


KEY_FILES = {
    "nothing": b"",
    "no JSON": b"{",
    "endless depth": b"[" * 100_000,
    "an answer of AWS without provenance": json.dumps(
        {"PublicKeyList": [{"Value": base64.b64encode(b"x").decode(), "Fingerprint": "00"}]}
    ).encode(),
    "another format": json.dumps(
        {"format": "x", "source": "cloudtrail:ListPublicKeys", "saved_at": "", "saved_by": "x", "regions": {}}
    ).encode(),
    "another source": json.dumps(
        {"format": "ctguard-cloudtrail-public-keys/1", "source": "me", "saved_at": "", "saved_by": "x", "regions": {}}
    ).encode(),
}


@pytest.mark.parametrize("content", KEY_FILES.values(), ids=KEY_FILES)
def test_a_file_that_does_not_say_where_its_keys_came_from_is_refused(tmp_path, capsys, content):
    (tmp_path / "keys.json").write_bytes(content)

    where = ["--from-dir", str(tmp_path), "--public-keys", str(tmp_path / "keys.json")]
    status = main(["logs", "verify", "--trail-arn", ARN, "--start", iso(START), *where])

    assert status == 2
    assert "not a file of public keys" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trail-arn", "audit", "--start", "2026-03-01"], "is not the ARN of a trail"),
        (["--trail-arn", ARN, "--start", "yesterday"], "is not a time"),
        (["--trail-arn", ARN, "--start", "2026-03-02", "--end", "2026-03-01"], "ends before it starts"),
        (["--trail-arn", ARN, "--start", "2026-03-01", "--from-dir", "/nowhere"], "is not a folder"),
        (["--trail-arn", ARN, "--start", "2026-03-01", "--public-keys", "/nowhere"], "No such file"),
        (["--trail-arn", ARN, "--start", "2026-03-01", "-o", "out.pdf"], "JSON only"),
        (["--start", "2026-03-01"], "--trail-arn"),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_told_in_one_line(arguments, message, capsys):
    assert main(["logs", "verify", *arguments]) == 2

    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_nothing_in_the_bucket_steers_the_terminal(copy, capsys):
    forged, verify = copy
    told = {"requestParameters": {"name": ARN}, "sourceIPAddress": "\x1b[2J\u202eevil"}
    forged.deliver(1, records=[record("StopLogging", forged.clock + 60, **told)])

    verify()

    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_depth_names_the_days_that_are_not_there(tmp_path, capsys):
    forged = chain()
    forged.deliver(24 * 3, logs=0)
    forged.clock += 48 * HOUR
    forged.deliver(24, logs=1)
    forged.archive.write_to(tmp_path)

    status = main(["logs", "depth", "--trail-arn", ARN, "--from-dir", str(tmp_path), "--months", "9", "-f", "json"])

    (row,) = json.loads(capsys.readouterr().out)["chains"]
    assert status == 1
    assert (row["region"], row["status"]) == (HOME, "incomplete")
    assert (row["first_day"], row["last_day"]) == ("2026-03-01", "2026-03-07")
    assert ["2026-03-05", "2026-03-05"] in row["missing"]
    assert (row["days_with_logs"], row["quiet_days"]) == (2, 4)


def test_options_that_repeat_take_several_values_at_once(copy, capsys):
    forged, verify = copy
    chain(forged.archive, region="eu-west-1").deliver(6)

    assert verify("--region", "us-east-1", "eu-west-1", "-f", "json", "--account-id", "111122223333") == 0

    assert len(json.loads(capsys.readouterr().out)["chains"]) == 2
