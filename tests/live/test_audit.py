"""`ctguard audit` end to end: what it asks, what it leaves behind, and that a scan of its snapshot says the same."""

from __future__ import annotations

import json
import stat

import pytest

from tests.command import in_a_process
from tests.live.scenes import one_trail

NO_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


def told(run):
    """Return a run without what differs each time."""
    return {name: part for name, part in run.items() if name != "run"}


def test_a_scan_of_the_snapshot_says_the_same(aws, audit, tmp_path):
    one_trail(aws)

    done = audit("--snapshot", "facts.json", "-f", "json")
    again = in_a_process(tmp_path, "scan", "facts.json", "-f", "json")

    assert done.run["findings"]
    assert told(done.run) == told(again.run)
    assert done.run["errors"] == []
    assert done.status == again.status == 1


def test_a_snapshot_is_its_owners_alone_and_nothing_else_is_left(aws, audit, tmp_path):
    one_trail(aws)

    audit("--snapshot", "facts.json")

    assert [path.name for path in tmp_path.iterdir()] == ["facts.json"]
    assert stat.S_IMODE((tmp_path / "facts.json").stat().st_mode) == 0o600


def test_without_credentials_one_line_says_what_to_do(audit):
    done = audit(**NO_CREDENTIALS)

    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[0] == "ctguard: there are no credentials for AWS"
    assert "--profile" in done.err


def test_each_thing_is_asked_once(aws, audit):
    one_trail(aws)

    audit()

    calls = [json.dumps(call, sort_keys=True) for call in aws.calls()]
    assert len(calls) == len(set(calls))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("trail-log-validation", set()),
        ("trail-logging-enabled", {"cloudtrail.GetTrailStatus"}),
        ("bucket-versioning", {"s3.HeadBucket", "s3.GetBucketVersioning", "s3.GetObjectLockConfiguration"}),
        ("key-rotation", {"kms.DescribeKey", "kms.GetKeyRotationStatus"}),
    ],
)
def test_only_what_a_rule_needs_is_asked(aws, audit, rule, expected):
    one_trail(aws)

    audit("--select", rule)

    always = {"sts.GetCallerIdentity", "ec2.DescribeRegions", "cloudtrail.DescribeTrails"}
    assert set(aws.counted()) == always | expected
