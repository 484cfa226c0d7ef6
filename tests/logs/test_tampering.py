"""Calls that weaken a trail, told from calls on somebody else's resources."""

from __future__ import annotations

import pytest

from ctguard.logs.naming import TrailName
from ctguard.logs.tampering import Resources, recorded_pauses, tamper_events
from ctguard.logs.times import HOUR, Stretch
from ctguard.logs.verdict import Verdict
from tests.logs.forge import ACCOUNT, ARN, BUCKET, HOME, START, TRAIL, chain, record
from tests.logs.verifying import check, only

KEY = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC = f"arn:aws:sns:{HOME}:{ACCOUNT}:audit"
GROUP = f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:audit/trail:*"
OWN = Resources(TrailName("aws", HOME, ACCOUNT, TRAIL), ARN, BUCKET, KEY, TOPIC, GROUP, is_organization=False)
UNKNOWN = Resources(OWN.trail, ARN, BUCKET)

CASES = [
    ("cloudtrail", "StopLogging", {"name": TRAIL}, "this trail"),
    ("cloudtrail", "StopLogging", {"name": ARN}, "this trail"),
    ("cloudtrail", "DeleteTrail", {"name": "another"}, None),
    ("cloudtrail", "PutEventSelectors", {"trailName": TRAIL}, "this trail"),
    ("cloudtrail", "UpdateTrail", {}, None),
    ("s3", "DeleteBucketPolicy", {"bucketName": BUCKET}, "this trail"),
    ("s3", "PutBucketLifecycle", {"bucketName": "another"}, None),
    ("kms", "ScheduleKeyDeletion", {"keyId": KEY}, "this trail"),
    ("kms", "DisableKey", {"keyId": KEY.rpartition("/")[2]}, "this trail"),
    ("kms", "DisableKey", {"keyId": "another"}, None),
    ("sns", "DeleteTopic", {"topicArn": TOPIC}, "this trail"),
    ("sns", "Unsubscribe", {"subscriptionArn": f"{TOPIC}:1234"}, "this trail"),
    ("sns", "DeleteTopic", {"topicArn": f"{TOPIC}-other"}, None),
    ("logs", "DeleteLogGroup", {"logGroupName": "audit/trail"}, "this trail"),
    ("logs", "PutRetentionPolicy", {"logGroupIdentifier": GROUP.removesuffix(":*")}, "this trail"),
    ("logs", "DeleteLogGroup", {"logGroupName": "audit"}, None),
    ("monitoring", "DeleteAlarms", {"alarmNames": ["x"]}, "perhaps"),
    ("organizations", "DisableAWSServiceAccess", {"servicePrincipal": "cloudtrail.amazonaws.com"}, None),
    ("ec2", "StopLogging", {"name": TRAIL}, None),
]


def called(service, name, parameters, moment=START, **more):
    fields = {"eventSource": f"{service}.amazonaws.com", "requestParameters": parameters, "recipientAccountId": ACCOUNT}
    return record(name, moment, **fields | more)


@pytest.mark.parametrize(("service", "name", "parameters", "concerns"), CASES)
def test_a_call_concerns_the_trail_where_it_names_what_is_its_own(service, name, parameters, concerns):
    events = tamper_events([called(service, name, parameters)], OWN)

    assert [event["concerns"] for event in events] == ([concerns] if concerns else [])


@pytest.mark.parametrize(
    ("service", "name"), [("kms", "DisableKey"), ("sns", "DeleteTopic"), ("logs", "DeleteLogGroup")]
)
def test_a_call_on_what_may_be_the_trails_own_is_told_as_a_perhaps(service, name):
    events = tamper_events([called(service, name, {})], UNKNOWN)

    assert [event["concerns"] for event in events] == ["perhaps"]


def test_a_trail_of_the_same_name_elsewhere_is_another_trail():
    elsewhere = called("cloudtrail", "StopLogging", {"name": TRAIL}, awsRegion="eu-west-1")
    stranger = called("cloudtrail", "StopLogging", {"name": TRAIL}, recipientAccountId="999988887777")

    assert tamper_events([elsewhere, stranger], OWN) == []


def test_an_event_is_told_once_in_order_and_with_its_error():
    first = called("cloudtrail", "StopLogging", {"name": ARN}, errorCode="AccessDenied")
    second = called("cloudtrail", "DeleteTrail", {"name": ARN}, START + 60)

    events = tamper_events([second, first, first], OWN)

    assert [(event["event_name"], event["error_code"]) for event in events] == [
        ("StopLogging", "AccessDenied"),
        ("DeleteTrail", None),
    ]


@pytest.mark.parametrize("odd", [None, [], "x", 7, {"name": {"a": 1}}])
def test_odd_records_are_no_trouble(odd):
    records = [{}, {"eventName": odd}, called("cloudtrail", "StopLogging", odd), called("s3", "DeleteBucket", odd)]

    assert tamper_events(records, OWN) == []
    assert recorded_pauses(records, OWN) == ()


def stopped_and_started(forged, **more):
    """Stop the trail for four hours, as its own records tell."""
    forged.deliver(
        3, records=[called("cloudtrail", "StopLogging", {"name": ARN}, forged.clock + 3 * HOUR - 60, **more)]
    )
    pause = forged.pause(4)
    forged.deliver(1, records=[called("cloudtrail", "StartLogging", {"name": ARN}, pause.end + 5)])
    forged.deliver(2)
    return pause


def test_proven_records_explain_a_pause():
    forged = chain()
    pause = stopped_and_started(forged)

    report = check(forged)

    assert (only(report).kind, only(report).period, report.verdict) == ("logging_stopped", pause, Verdict.GAP)
    assert "mallory" in only(report).detail
    assert [event["event_name"] for event in report.tamper_events] == ["StopLogging"]


def test_records_of_the_home_region_explain_the_pause_of_another():
    home = chain()
    pause = stopped_and_started(home)
    other = chain(home.archive, region="eu-west-1")
    other.deliver(3)
    other.pause(4)
    other.deliver(3)

    report = check(home, other)

    assert {(found.region, found.kind, found.period) for found in report.all_findings()} == {
        ("us-east-1", "logging_stopped", pause),
        ("eu-west-1", "logging_stopped", pause),
    }


def test_a_call_that_was_refused_explains_nothing():
    forged = chain()
    pause = stopped_and_started(forged, errorCode="AccessDenied")

    report = check(forged)

    # The record that it was started again still tells that it was not running before.
    assert (only(report).kind, only(report).period) == ("logging_stopped", pause)
    assert "StopLogging" not in only(report).detail


def test_a_planted_record_explains_nothing():
    forged = chain()
    forged.deliver(3)
    pause = forged.pause(4)
    forged.deliver(3)
    moment = pause.start - HOUR // 2
    forged.put_log(moment, [called("cloudtrail", "StopLogging", {"name": ARN}, moment)])

    report = check(forged)

    assert {found.kind for found in report.all_findings()} == {"chain_restarted", "log_unlisted"}
    assert report.tamper_events == []


def test_validation_switched_off_and_on_again_explains_a_hole():
    forged = chain()
    off = called("cloudtrail", "UpdateTrail", {"name": ARN, "enableLogFileValidation": False}, START + 3 * HOUR - 60)
    forged.deliver(3, records=[off])
    hole = forged.pause(4)
    forged.put_log(hole.start + HOUR, [])
    on = called("cloudtrail", "UpdateTrail", {"name": ARN, "enableLogFileValidation": True}, hole.end + 60)
    forged.deliver(1, records=[on])

    report = check(forged)

    assert (only(report).kind, only(report).period) == ("logging_stopped", hole)
    assert len(report.tamper_events) == 2


def test_a_stop_explains_the_open_end_and_the_log_files_after_it():
    forged = chain()
    forged.deliver(3, records=[called("cloudtrail", "DeleteTrail", {"name": ARN}, START + 3 * HOUR - 60)])
    window = Stretch(START, START + 9 * HOUR)

    report = check(forged, window=window)

    assert (only(report).kind, only(report).period) == ("logging_stopped", Stretch(START + 3 * HOUR, window.end))
    assert report.verdict is Verdict.GAP
