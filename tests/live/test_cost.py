"""What an audit costs in calls: bounded, and not by what serves no trail."""

from __future__ import annotations

import json

import pytest

from tests.live.scenes import estate, one_trail

MOST_CALLS = 95

LIKE_PROWLER = (
    *("trail-multi-region", "trail-management-events", "trail-logging-enabled", "trail-log-validation"),
    *("trail-kms-encryption", "trail-cloudwatch-logs", "trail-cloudwatch-delivery-recent", "trail-insights"),
    *("trail-s3-data-events-read", "trail-s3-data-events-write", "trail-bedrock-data-events"),
    *("bucket-public-acl", "bucket-public-policy", "bucket-public-access-block", "bucket-mfa-delete"),
    *("bucket-access-logging", "monitor-*", "alarm-actions", "log-group-encryption", "log-group-retention"),
)
"""The rules that ask what prowler's checks of CloudTrail and CloudWatch ask."""


@pytest.mark.parametrize("unrelated", [20, 200])
def test_an_account_of_32_regions_takes_95_calls_whatever_else_is_in_it(aws, audit, unrelated):
    estate(aws, unrelated=unrelated)

    done = audit("--select", ",".join(LIKE_PROWLER), "-f", "json")

    assert done.run["errors"] == []
    assert sum(aws.counted().values()) <= MOST_CALLS, aws.counted()


def test_event_rules_are_asked_for_everywhere_only_where_one_may_see_cloudtrail(aws, audit):
    one_trail(aws)
    events = aws.client("events")
    events.put_rule(Name="other", EventPattern=json.dumps({"detail-type": ["EC2 Instance State-change Notification"]}))

    audit("--select", "monitor-root-usage")
    few = aws.counted()["events.ListRules"]
    aws.forget()
    events.put_rule(Name="root", EventPattern=json.dumps({"detail": {"userIdentity": {"type": ["Root"]}}}))
    audit("--select", "monitor-root-usage")

    assert (few, aws.counted()["events.ListRules"]) == (1, 3)
