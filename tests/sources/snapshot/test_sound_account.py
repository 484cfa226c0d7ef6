"""An account whose trail is sound, as an audit records it, gets the verdicts of its configuration."""

from __future__ import annotations

import pytest

from ctguard.model.run_file import write_json
from tests.sources.snapshot.recorded import ALARM, BUCKET, GROUP, KEY, ROOT, TOPIC, TRAIL, Recorded, finding, verdicts

HOLDS = {
    ROOT: ("trail-exists", "trail-multi-region", "trail-global-service-events", "trail-coverage-union"),
    TRAIL: (
        *("trail-logging-enabled", "trail-management-events", "trail-no-excluded-sources", "trail-log-validation"),
        *("trail-kms-encryption", "trail-tags", "trail-cloudwatch-logs", "monitor-cloudtrail-changes"),
        *("trail-kms-key-usable", "trail-delivery-error", "trail-delivery-recent", "trail-digest-delivery-error"),
    ),
    f"arn:aws:s3:::{BUCKET}": (
        *("bucket-policy-trail-can-write", "bucket-least-privilege", "bucket-public-policy", "bucket-public-acl"),
        *("bucket-versioning", "bucket-object-lock", "bucket-retention", "bucket-public-access-block"),
        *(
            "bucket-exists",
            "bucket-owner-account",
            "bucket-acl-disabled",
            "bucket-encryption-kms",
            "bucket-secure-transport",
        ),
    ),
    KEY: ("key-policy-trail-can-encrypt", "key-enabled", "key-deletion", "key-rotation", "key-same-region"),
    GROUP: ("log-group-retention", "log-group-encryption", "log-group-standard-class"),
    ALARM: ("alarm-actions", "alarm-effective"),
}


def test_what_holds_in_the_account_passes(tmp_path):
    found = verdicts(Recorded().run(tmp_path))

    assert {
        key for key in ((rule, address) for address in HOLDS for rule in HOLDS[address]) if found[key] != "pass"
    } == set()


def test_findings_name_resources_by_their_arns_and_places(tmp_path):
    one = finding(Recorded().run(tmp_path), "key-enabled", KEY)

    assert one.location is None
    assert (one.resource.arn, one.resource.account_id, one.resource.region) == (KEY, "111122223333", "eu-central-1")


def test_a_snapshot_of_an_account_gives_the_same_findings_each_time(tmp_path):
    first, second = Recorded().run(tmp_path), Recorded().run(tmp_path)

    assert write_json(first.findings) == write_json(second.findings)
    assert not first.errors


@pytest.mark.parametrize("rule", ["topic-encryption", "topic-subscriber"])
def test_a_topic_that_serves_alarms_alone_is_not_judged(tmp_path, rule):
    assert (rule, TOPIC) not in verdicts(Recorded().run(tmp_path))
