"""Living accounts: what the shipped rules and the must-hold set say of an account as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.engine.answer import trail_verdicts, with_causes
from ctguard.engine.cases import given
from ctguard.engine.findings import judge_inventory
from ctguard.engine.pack import load_pack
from ctguard.model.finding import TrailVerdict
from ctguard.model.logic import Status

PACK = load_pack()
ON = [rule for rule in PACK.rules.values() if not rule.opt_in]
ACCOUNT = "111122223333"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"
BY_THE_TRAIL = {"StringEquals": {"aws:SourceArn": TRAIL}}
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
NOON = "2026-11-20T12:00:00Z"
LATELY = "2026-11-20T11:50:00Z"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}


PROVEN = {
    "log_verification.status": "valid",
    "log_verification.start": "2026-11-19T10:00:00Z",
    "log_verification.end": "2026-11-20T10:00:00Z",
}
SOUND: dict[str, dict[str, Any]] = {
    "account.main": {
        "account_id": ACCOUNT,
        "enabled_regions": ["us-east-1", "eu-west-1"],
        "observed_at": NOON,
        "trail_arns": [{"ref": "trail.audit"}],
    },
    "trail.audit": {
        "arn": TRAIL,
        "is_multi_region_trail": True,
        "is_logging": True,
        "log_file_validation_enabled": True,
        "s3_bucket_name": {"ref": "bucket.logs"},
        "kms_key_id": {"ref": "key.trail"},
        "cloud_watch_logs_log_group_arn": {"ref": "log_group.trail"},
        "start_logging_time": "2025-01-01T00:00:00Z",
        "latest_delivery_time": LATELY,
        "latest_digest_delivery_time": LATELY,
        "latest_cloud_watch_logs_delivery_time": LATELY,
        **PROVEN,
    },
    "bucket.logs": {
        "versioning.status": "Enabled",
        "policy": policy(
            {
                "Principal": CLOUDTRAIL,
                "Action": "s3:GetBucketAcl",
                "Resource": "arn:aws:s3:::logs",
                "Condition": BY_THE_TRAIL,
            },
            {
                "Principal": CLOUDTRAIL,
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::logs/AWSLogs/{ACCOUNT}/*",
                "Condition": BY_THE_TRAIL,
            },
        ),
    },
    "key.trail": {
        "policy": policy(
            {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
            {"Principal": CLOUDTRAIL, "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": BY_THE_TRAIL},
            {"Principal": CLOUDTRAIL, "Action": "kms:DescribeKey", "Resource": "*"},
        ),
    },
    "log_group.trail": {},
    "metric_filter.changes": {
        "log_group_name": {"ref": "log_group.trail"},
        "filter_pattern": '{ $.eventSource = "cloudtrail.amazonaws.com" }',
        "metric_transformations": [{"metric_name": "changes", "metric_namespace": "Audit", "metric_value": "1"}],
    },
    "alarm.changes": {
        "namespace": "Audit",
        "metric_name": "changes",
        "statistic": "Sum",
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "threshold": 1,
        "period": 300,
        "evaluation_periods": 1,
        "alarm_actions": [{"ref": "topic.alarms"}],
    },
    "topic.alarms": {},
    "subscription.security": {"topic_arn": {"ref": "topic.alarms"}},
}


def changed(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the sound account with other attributes of some resources (`trail_audit={...}`)."""
    return SOUND | {
        address: SOUND.get(address, {}) | attributes
        for name, attributes in changes.items()
        for address in (name.replace("_", ".", 1),)
    }


def judged(resources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return all findings by rule, and the verdict on the trails, of a living account."""
    inventory = given(resources)
    findings = list(judge_inventory(ON, inventory))
    verdicts = trail_verdicts(findings, inventory, PACK.trust, PACK.rules, frozenset(rule.id for rule in ON))
    return {"findings": [one.finding for one in findings], "trails": verdicts}


def verdict(resources: dict[str, dict[str, Any]]) -> TrailVerdict:
    (trail,) = judged(resources)["trails"]
    found: TrailVerdict = trail
    return found


def test_a_sound_account_whose_files_were_verified_is_trusted():
    found = verdict(SOUND)

    assert {name: one.status for name, one in found.dimensions.items()} == dict.fromkeys(PACK.trust, "pass")
    assert found.verdict == "trusted"


def test_a_sound_account_whose_files_nobody_verified_is_not_decided():
    found = verdict(changed(trail_audit=dict.fromkeys(PROVEN)))

    assert found.verdict == "undetermined"
    assert {name for name, one in found.dimensions.items() if one.status != "pass"} == {"provable"}


@pytest.mark.parametrize(
    ("dimension", "changes"),
    [
        ("recorded", {"trail_audit": {"is_logging": False}}),
        ("recorded", {"trail_audit": {"is_multi_region_trail": False}}),
        ("recorded", {"trail_audit": {"event_selectors": [{"read_write_type": "WriteOnly"}]}}),
        ("delivered", {"bucket_logs": {"is_present": False}}),
        ("delivered", {"trail_audit": {"latest_delivery_error": "AccessDenied"}}),
        ("delivered", {"trail_audit": {"latest_delivery_time": "2026-11-01T00:00:00Z"}}),
        ("provable", {"trail_audit": {"log_file_validation_enabled": False}}),
        ("provable", {"trail_audit": {"latest_digest_delivery_error": "AccessDenied"}}),
        ("provable", {"trail_audit": {"log_verification.status": "invalid"}}),
        ("protected", {"bucket_logs": {"versioning.status": "Suspended"}}),
        ("protected", {"key_trail": {"enabled": False}}),
        ("retained", {"bucket_logs": {"lifecycle_rules": [{"status": "Enabled", "prefix": "", "expiration_days": 7}]}}),
        ("watched", {"alarm_changes": {"alarm_actions": []}}),
    ],
)
def test_one_fault_takes_the_trust_away(dimension, changes):
    found = verdict(changed(**changes))

    assert found.verdict == "not_trusted"
    assert found.dimensions[dimension].status == "fail"


@pytest.mark.parametrize(
    ("dimension", "resource", "attribute"),
    [
        ("recorded", "account_main", "enabled_regions"),
        ("recorded", "account_main", "trail_arns"),
        ("recorded", "trail_audit", "event_selectors"),
        ("delivered", "trail_audit", "latest_delivery_error"),
        ("delivered", "trail_audit", "latest_delivery_time"),
        ("delivered", "account_main", "observed_at"),
        ("delivered", "bucket_logs", "is_present"),
        ("delivered", "bucket_logs", "policy"),
        ("provable", "trail_audit", "latest_digest_delivery_error"),
        ("provable", "trail_audit", "log_verification.end"),
        ("protected", "bucket_logs", "policy"),
        ("retained", "bucket_logs", "lifecycle_rules"),
        ("watched", "alarm_changes", "alarm_actions"),
    ],
)
def test_one_answer_that_is_missing_leaves_trust_open(dimension, resource, attribute):
    found = verdict(changed(**{resource: {attribute: {"unknown": "an answer was denied"}}}))

    assert found.verdict == "undetermined"
    assert found.dimensions[dimension].status == "unknown"


def test_two_trails_that_divide_the_work_are_trusted_together():
    reads, writes = ([{"read_write_type": kind}] for kind in ("ReadOnly", "WriteOnly"))
    other = SOUND["trail.audit"] | {"arn": f"{TRAIL}2", "name": "audit2", "event_selectors": writes}
    resources = changed(
        account_main={"trail_arns": [{"ref": "trail.audit"}, {"ref": "trail.audit2"}]},
        trail_audit={"event_selectors": reads},
    )
    either = {"StringEquals": {"aws:SourceArn": [TRAIL, f"{TRAIL}2"]}}
    for address in ("bucket.logs", "key.trail"):
        statements = resources[address]["policy"]["Statement"]
        loose = [one | ({"Condition": either} if "Condition" in one else {}) for one in statements]
        resources[address] = resources[address] | {"policy": {"Version": "2012-10-17", "Statement": loose}}

    found = judged(resources | {"trail.audit2": other})

    # Nobody is told of changes by a trail that records reads only: the other trail sees them.
    assert {one.dimensions["recorded"].status for one in found["trails"]} == {"pass"}
    assert {one.verdict for one in found["trails"]} == {"trusted"}


def test_an_account_gets_one_finding_that_names_the_trails_without():
    west = {"home_region": "us-west-2", "is_logging": True, "arn": f"arn:aws:cloudtrail:us-west-2:{ACCOUNT}:trail/west"}
    resources = changed(account_main={"trail_arns": [{"ref": "trail.audit"}, {"ref": "trail.west"}]}, trail_west=west)

    (finding,) = [one for one in judged(resources)["findings"] if one.rule_id == "trail-multi-region"]

    assert (finding.resource.type, finding.status) == ("account", Status.PASS)
    assert [leaf.path for leaf in finding.explanation if leaf.status is Status.FAIL] == [
        "trail.west.is_multi_region_trail"
    ]


def test_what_follows_from_a_missing_bucket_says_so():
    resources = changed(
        bucket_logs={"is_present": False},
        trail_audit={"latest_delivery_error": "NoSuchBucket", "latest_delivery_time": "2026-11-01T00:00:00Z"},
    )
    inventory = given(resources)
    found = {one.finding.rule_id: one.finding for one in with_causes(list(judge_inventory(ON, inventory)), inventory)}

    assert found["bucket-exists"].caused_by is None
    assert found["trail-delivery-error"].caused_by == found["bucket-exists"].fingerprint
    assert found["trail-exists"].caused_by == found["trail-delivery-error"].fingerprint


def test_the_loss_that_a_delivery_error_means_has_a_date():
    resources = changed(trail_audit={"latest_delivery_error": "AccessDenied", "latest_delivery_time": NOON})

    (finding,) = [one for one in judged(resources)["findings"] if one.rule_id == "trail-delivery-error"]

    assert "from 2026-12-20T12:00:00Z on" in finding.explanation[0].because


def test_a_bucket_name_that_is_kept_for_its_account_is_told_apart():
    free, kept = ({"name": name, "is_present": False} for name in ("logs", f"logs-{ACCOUNT}-us-east-1-an"))

    said = []
    for bucket in (free, kept):
        (finding,) = [one for one in judged(changed(bucket_logs=bucket))["findings"] if one.rule_id == "bucket-exists"]
        said.append(finding.explanation[0].because)

    assert "whoever makes a bucket" in said[0]
    assert "no stranger" in said[1]


def test_the_gap_between_trails_has_a_witness():
    selectors = [{"exclude_management_event_sources": ["kms.amazonaws.com"]}]

    found = judged(changed(trail_audit={"event_selectors": selectors}))["findings"]
    (finding,) = [one for one in found if one.rule_id == "trail-coverage-union"]

    witness = finding.witness
    assert (witness["awsRegion"], witness["access"], witness["source"]) == ("us-east-1", "read", "kms.amazonaws.com")
    assert witness["event"]["eventSource"] == "kms.amazonaws.com"
