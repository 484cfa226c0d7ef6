"""`ctguard audit --verify-logs`: what comes of the files is a fact of the snapshot, and decides about the trail."""

from __future__ import annotations

import json

import pytest

from tests.command import in_a_process
from tests.live.scenes import one_trail

RULE = "trail-digest-chain-valid"


@pytest.fixture
def trail(aws):
    aws.on("cloudtrail.ListPublicKeys", reply={"PublicKeyList": []})
    return one_trail(aws)


def of_the_files(done):
    """Return what a run says of the log files: the one finding of the rule."""
    (finding,) = [one for one in done.run["findings"] if one["rule_id"] == RULE]
    return finding


def test_without_the_option_nobody_has_looked_and_the_report_says_how(trail, aws, audit):
    done = audit("--select", RULE, "-f", "json")

    assert of_the_files(done)["status"] == "unknown"
    assert "ctguard audit --verify-logs 24" in [one["cure"] for one in done.run["unknowns"]]
    assert not [one for one in aws.counted() if one.startswith("s3.")]


def test_files_that_are_not_there_prove_nothing(trail, audit):
    done = audit("--select", RULE, "--verify-logs", "24", "-f", "json")

    finding = of_the_files(done)
    assert finding["status"] == "fail"
    assert finding["witness"]["kind"] == "no_digests"
    assert finding["resource"]["arn"] == trail


def test_a_scan_of_the_snapshot_says_the_same_without_the_files(trail, aws, audit, tmp_path):
    done = audit("--select", RULE, "--verify-logs", "24", "--snapshot", "facts.json", "-f", "json")
    aws.reset()

    again = in_a_process(tmp_path, "scan", "facts.json", "--select", RULE, "-f", "json")

    assert of_the_files(again) == of_the_files(done)
    calls = json.loads((tmp_path / "facts.json").read_text(encoding="utf-8"))["calls"]
    (kept,) = [one for one in calls if one["operation"] == "VerifyLogs"]
    assert kept["parameters"] == {"TrailArn": trail, "Hours": 24}
    assert kept["reply"]["status"] == "gap"


def test_a_trail_that_cannot_be_verified_is_an_error_of_its_own(trail, aws, audit):
    aws.on("s3.*", error="AccessDenied", status=403)

    done = audit("--select", f"{RULE},trail-multi-region", "--verify-logs", "24", "-f", "json")

    assert of_the_files(done)["status"] == "unknown"
    assert [one["status"] for one in done.run["findings"] if one["rule_id"] == "trail-multi-region"] == ["pass"]
