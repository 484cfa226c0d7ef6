"""What single replies of AWS come to: absent features, dangling names, what nobody knows yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ctguard.model.resource import Resource
from ctguard.model.values import Document, Unknown, Value, first_unknown
from ctguard.sources.snapshot.facts import Call, Failure
from tests.sources.snapshot.recorded import (
    ACCOUNT,
    ALARM,
    BUCKET,
    FILTER,
    GROUP,
    HOME,
    KEY,
    KEY_ID,
    OTHER,
    RULE,
    TOPIC,
    TRAIL,
    Recorded,
    call,
    finding,
    policy,
    statement,
    verdicts,
)

LOGS = f"arn:aws:s3:::{BUCKET}"
SELECTORS = "cloudtrail.GetEventSelectors"
LIFECYCLE = "s3.GetBucketLifecycleConfiguration"
NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"


def resource(account: Recorded, tmp_path, address: str) -> Resource:
    (found,) = (one for one in account.inventory(tmp_path) if one.address == address)
    return found


@pytest.mark.parametrize(
    ("name", "code", "attribute", "value"),
    [
        ("s3.GetBucketPolicy", "NoSuchBucketPolicy", "policy", None),
        ("s3.GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration", "lifecycle_rules", []),
        (
            "s3.GetPublicAccessBlock",
            "NoSuchPublicAccessBlockConfiguration",
            "public_access_block.block_public_acls",
            False,
        ),
        ("s3.GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "object_lock.enabled", "Disabled"),
        ("s3.GetBucketOwnershipControls", "OwnershipControlsNotFoundError", "object_ownership", None),
        ("s3.GetBucketReplication", "ReplicationConfigurationNotFoundError", "replication_rules", []),
        (
            "s3.GetBucketEncryption",
            "ServerSideEncryptionConfigurationNotFoundError",
            "encryption.sse_algorithm",
            "AES256",
        ),
    ],
)
def test_a_code_that_means_absent_is_an_answer(tmp_path, name, code, attribute, value):
    account = Recorded().denied(name, Failure(code, "none"))

    assert resource(account, tmp_path, LOGS)[attribute] == value
    assert not account.inventory(tmp_path).faults


def test_a_reply_without_a_member_has_what_aws_does_without_it(tmp_path):
    account = Recorded().changed("s3.GetBucketVersioning", lambda it: it.clear())
    account = account.changed("logs.DescribeLogGroups", lambda it: it["logGroups"][0].pop("retentionInDays"))

    assert resource(account, tmp_path, LOGS)["versioning.status"] == "Disabled"
    assert resource(account, tmp_path, LOGS)["versioning.mfa_delete"] == "Disabled"
    assert resource(account, tmp_path, GROUP)["retention_in_days"] == 0


def test_a_reply_without_what_is_always_there_tells_nothing(tmp_path):
    account = Recorded().changed("cloudtrail.GetTrailStatus", lambda it: it.pop("IsLogging"), beyond_the_model=True)

    assert isinstance(resource(account, tmp_path, TRAIL)["is_logging"], Unknown)


def test_two_empty_lists_of_selectors_are_the_default_selector(tmp_path):
    account = Recorded().changed(SELECTORS, lambda it: it.update(EventSelectors=[], AdvancedEventSelectors=[]))

    run = account.run(tmp_path, "trail-management-events", "trail-no-excluded-sources")

    assert set(verdicts(run).values()) == {"pass"}


def test_selectors_of_the_new_sort_are_read(tmp_path):
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["true"]}]
    account = Recorded().changed(
        SELECTORS, lambda it: it.update(EventSelectors=[], AdvancedEventSelectors=[{"FieldSelectors": fields}])
    )

    assert verdicts(account.run(tmp_path, "trail-management-events")) == {("trail-management-events", TRAIL): "fail"}


DANGLING = {
    "bucket": (LOGS, lambda it: _nothing_but(it, "s3.HeadBucket", Failure("404", ""))),
    "bucket by its policy": (LOGS, lambda it: _nothing_but(it, "s3.GetBucketPolicy", Failure("NoSuchBucket", ""))),
    "key": (KEY, lambda it: it.denied("kms.DescribeKey", Failure("NotFoundException", ""))),
    "topic": (TOPIC, lambda it: it.denied("sns.GetTopicAttributes", Failure("NotFoundException", ""))),
    "log group": (GROUP, lambda it: it.changed("logs.DescribeLogGroups", lambda reply: reply.update(logGroups=[]))),
}


def without_bucket() -> list[Call]:
    return [one for one in Recorded().calls if one.service != "s3"]


def _nothing_but(account: Recorded, name: str, failure: Failure) -> Recorded:
    return Recorded([*without_bucket(), call(name, failure=failure, Bucket=BUCKET)])


@pytest.mark.parametrize("what", sorted(DANGLING))
def test_what_is_named_and_does_not_exist_is_not_there(tmp_path, what):
    address, change = DANGLING[what]
    account = change(Recorded())

    found = resource(account, tmp_path, address)

    assert found["is_present"] is False
    assert found.missing is None


def test_the_rules_about_a_name_that_dangles_fail_and_no_other_rule_guesses(tmp_path):
    found = verdicts(DANGLING["bucket"][1](Recorded()).run(tmp_path))

    assert found["bucket-exists", LOGS] == "fail"
    assert {status for (rule, address), status in found.items() if address == LOGS and rule != "bucket-exists"} <= {
        "unknown",
        "not_applicable",
        "fail",
    }
    assert found["bucket-versioning", LOGS] == "unknown"


def test_a_bucket_that_may_not_be_read_is_unknown_and_not_without_policy(tmp_path):
    account = Recorded(
        [
            *without_bucket(),
            call("s3.HeadBucket", failure=Failure("403", "Forbidden"), Bucket=BUCKET),
            call("s3.GetBucketPolicy", failure=Failure("AccessDenied", "no"), Bucket=BUCKET),
        ]
    )

    found = verdicts(account.run(tmp_path))

    assert found["bucket-exists", LOGS] == "pass"
    assert {found[rule, LOGS] for rule in ("bucket-policy-trail-can-write", "bucket-public-policy")} == {"unknown"}
    # The block of the account that asked says nothing about a bucket that may be somebody else's.
    assert found["bucket-public-access-block", LOGS] == "unknown"


def _set(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """Return what adds a member that AWS may have tomorrow to a part of a reply."""

    def change(reply: dict[str, Any]) -> None:
        part: Any = reply
        for step in path:
            part = part[step]
        part["BroadensOrNarrows"] = "yes"

    return change


def _advanced(reply: dict[str, Any]) -> None:
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
    reply.update(EventSelectors=[], AdvancedEventSelectors=[{"FieldSelectors": fields}])


NOBODY_KNOWS = {
    "event selector": (SELECTORS, _set("EventSelectors", 0), TRAIL, "event_selectors", "trail-management-events"),
    "metric filter": (
        "logs.DescribeMetricFilters",
        _set("metricFilters", 0),
        FILTER,
        "filter_pattern",
        "monitor-cloudtrail-changes",
    ),
    "metric transformation": (
        "logs.DescribeMetricFilters",
        _set("metricFilters", 0, "metricTransformations", 0),
        FILTER,
        "metric_transformations",
        "monitor-cloudtrail-changes",
    ),
    "alarm": ("cloudwatch.DescribeAlarms", _set("MetricAlarms", 0), ALARM, "actions_enabled", "alarm-effective"),
    "key": ("kms.DescribeKey", _set("KeyMetadata"), KEY, "enabled", "key-enabled"),
    "log group": ("logs.DescribeLogGroups", _set("logGroups", 0), GROUP, "log_group_class", "log-group-standard-class"),
    "object lock": (
        "s3.GetObjectLockConfiguration",
        _set("ObjectLockConfiguration"),
        LOGS,
        "object_lock.enabled",
        "bucket-object-lock",
    ),
    "object lock rule": (
        "s3.GetObjectLockConfiguration",
        _set("ObjectLockConfiguration", "Rule"),
        LOGS,
        "object_lock.mode",
        "bucket-object-lock",
    ),
    "default retention": (
        "s3.GetObjectLockConfiguration",
        _set("ObjectLockConfiguration", "Rule", "DefaultRetention"),
        LOGS,
        "object_lock.days",
        "bucket-object-lock",
    ),
    "lifecycle rule": (
        "s3.GetBucketLifecycleConfiguration",
        _set("Rules", 0),
        LOGS,
        "lifecycle_rules",
        "bucket-retention",
    ),
}


@pytest.mark.parametrize("what", sorted(NOBODY_KNOWS))
def test_a_member_that_nobody_knows_makes_what_hangs_on_it_unknown(tmp_path, what):
    name, change, address, attribute, rule = NOBODY_KNOWS[what]
    account = Recorded().changed(name, change, beyond_the_model=True)

    unknown = first_unknown(resource(account, tmp_path, address)[attribute])

    assert unknown is not None
    assert "BroadensOrNarrows" in unknown.what
    assert set(verdicts(account.run(tmp_path, rule)).values()) == {"unknown"}
    assert set(verdicts(Recorded().run(tmp_path, rule)).values()) == {"pass"}


def test_an_advanced_selector_with_a_field_that_nobody_knows_is_unknown(tmp_path):
    account = Recorded().changed(SELECTORS, _advanced)
    strange = account.changed(SELECTORS, _set("AdvancedEventSelectors", 0, "FieldSelectors", 0), beyond_the_model=True)

    assert set(verdicts(account.run(tmp_path, "trail-management-events")).values()) == {"pass"}
    assert set(verdicts(strange.run(tmp_path, "trail-management-events")).values()) == {"unknown"}


def test_an_empty_member_that_nobody_knows_says_nothing(tmp_path):
    account = Recorded().changed(
        "kms.DescribeKey", lambda it: it["KeyMetadata"].update(Later=[]), beyond_the_model=True
    )

    assert resource(account, tmp_path, KEY)["enabled"] is True


@pytest.mark.parametrize(
    ("name", "change", "address", "attribute"),
    [
        ("s3.GetBucketVersioning", lambda it: it.update(Status="Sometimes"), LOGS, "versioning.status"),
        ("kms.DescribeKey", lambda it: it["KeyMetadata"].update(KeyState="Dozing"), KEY, "key_state"),
        (
            "logs.DescribeLogGroups",
            lambda it: it["logGroups"][0].update(logGroupClass="DEEP"),
            GROUP,
            "log_group_class",
        ),
    ],
)
def test_a_value_that_nobody_knows_is_shown_and_does_not_count(tmp_path, name, change, address, attribute):
    value = resource(Recorded().changed(name, change), tmp_path, address)[attribute]

    assert isinstance(value, Unknown)
    assert any(word in value.why for word in ("Sometimes", "Dozing", "DEEP"))


def test_of_a_list_without_its_last_page_what_was_seen_stands(tmp_path):
    sound, short = Recorded(), Recorded().changed(LIFECYCLE, lambda it: it["Rules"][0]["Expiration"].update(Days=7))

    assert verdicts(short.cut(LIFECYCLE).run(tmp_path, "bucket-retention")) == {("bucket-retention", LOGS): "fail"}
    assert verdicts(sound.cut(LIFECYCLE).run(tmp_path, "bucket-retention")) == {("bucket-retention", LOGS): "unknown"}


def test_both_policies_of_a_key_are_judged(tmp_path):
    shared = policy(statement("Share", "Allow", {"AWS": "*"}, "kms:Decrypt", "*"))
    account = Recorded().changed(
        "kms.GetKeyPolicy", lambda it: it.update(Policy=shared, PolicyName="AWS_RAM"), PolicyName="AWS_RAM"
    )

    assert verdicts(account.run(tmp_path, "key-policy-public")) == {("key-policy-public", KEY): "fail"}


def test_a_second_policy_that_nobody_could_read_leaves_open_who_is_let_in(tmp_path):
    account = Recorded().denied("kms.GetKeyPolicy", PolicyName="AWS_RAM")

    assert verdicts(account.run(tmp_path, "key-policy-public")) == {("key-policy-public", KEY): "unknown"}


def test_a_policy_that_is_no_json_is_an_error(tmp_path):
    account = Recorded().changed("s3.GetBucketPolicy", lambda it: it.update(Policy="{"))

    run = account.run(tmp_path, "bucket-public-policy")

    assert set(verdicts(run).values()) == {"unknown"}
    assert [error.kind for error in run.errors] == ["malformed"]


def test_grants_are_read_and_those_that_nobody_could_list_may_be_there(tmp_path):
    grant = {
        "KeyId": KEY,
        "GrantId": "a" * 64,
        "GranteePrincipal": f"arn:aws:iam::{OTHER}:root",
        "Operations": ["Decrypt"],
    }
    account = Recorded().changed("kms.ListGrants", lambda it: it.update(Grants=[grant]))

    inventory = account.inventory(tmp_path)
    key = next(one for one in inventory.of_kind("key"))

    grants = inventory.follow(key, "grants")
    assert [one["operations"] for one in grants] == [["Decrypt"]]
    denied = Recorded().denied("kms.ListGrants").inventory(tmp_path)
    (perhaps,) = denied.follow(next(iter(denied.of_kind("key"))), "grants")
    assert (perhaps.is_judged, perhaps.exists is not None) == (False, True)


def test_a_key_by_its_alias_is_the_key(tmp_path):
    alias = f"arn:aws:kms:{HOME}:{ACCOUNT}:alias/trail"
    named = Recorded().changed(
        "s3.GetBucketEncryption",
        lambda it: it["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"].update(
            KMSMasterKeyID=alias
        ),
    )
    described = next(one for one in named.calls if one.operation == "DescribeKey")
    account = Recorded([*named.calls, call("kms.DescribeKey", described.reply, KeyId=alias)])

    inventory = account.inventory(tmp_path)
    bucket = next(one for one in inventory.of_kind("bucket") if one.name == BUCKET)

    key = inventory.follow(bucket, "key")
    assert (key.address, key["key_id"]) == (KEY, KEY_ID)


def test_mute_rules_hold_back_the_alarms_that_they_name(tmp_path):
    arn = f"arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm-mute-rule:nights"
    account = Recorded().changed(
        "cloudwatch.ListAlarmMuteRules",
        lambda it: it.update(AlarmMuteRuleSummaries=[{"AlarmMuteRuleArn": arn, "Status": "SCHEDULED"}]),
    )
    details = call(
        "cloudwatch.GetAlarmMuteRule",
        {"Name": "nights", "AlarmMuteRuleArn": arn, "MuteTargets": {"AlarmNames": ["trail-changes"]}},
        AlarmMuteRuleName="nights",
    )

    muted = Recorded([*account.calls, details])

    assert verdicts(muted.run(tmp_path, "alarm-actions"))["alarm-actions", ALARM] == "fail"
    assert verdicts(account.run(tmp_path, "alarm-actions"))["alarm-actions", ALARM] == "unknown"


def test_event_rules_are_read_with_their_targets(tmp_path):
    pattern = {"source": ["aws.cloudtrail"], "detail-type": ["AWS API Call via CloudTrail"]}
    account = Recorded().changed(
        "events.ListRules",
        lambda it: it.update(
            Rules=[{"Name": "nightly", "Arn": RULE, "State": "ENABLED", "EventPattern": json.dumps(pattern)}]
        ),
        region=HOME,
    )
    targets = call("events.ListTargetsByRule", {"Targets": [{"Id": "1", "Arn": TOPIC}]}, Rule="nightly")

    found = resource(Recorded([*account.calls, targets]), tmp_path, RULE)

    assert found["target_arns"] == [TOPIC]
    assert isinstance(found["event_pattern"], Document)
    assert isinstance(resource(account, tmp_path, RULE)["target_arns"], Unknown)


def test_pending_subscriptions_tell_nobody(tmp_path):
    account = Recorded().changed(
        "sns.ListSubscriptionsByTopic", lambda it: it["Subscriptions"][0].update(SubscriptionArn="PendingConfirmation")
    )

    one = finding(account.run(tmp_path, "monitor-cloudtrail-changes"), "monitor-cloudtrail-changes", TRAIL)

    assert one.status.value == "fail"


def test_what_is_asked_of_a_reply_is_never_taken_from_a_default(tmp_path):
    """Of each kind there is at least one thing, and with no call but the lists nothing of it is known but its name."""
    listing = {"DescribeTrails", "DescribeRegions"}
    account = Recorded([one for one in Recorded().calls if one.operation in listing])

    trail = resource(account, tmp_path, TRAIL)

    asked: list[Value] = [trail[name] for name in ("is_logging", "event_selectors", "insight_selectors", "tags")]
    assert all(isinstance(value, Unknown) and "was not asked" in value.why for value in asked)
