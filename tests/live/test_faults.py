"""What goes wrong between an account and its audit: each fault costs what it hides, and is named."""

from __future__ import annotations

import json

import pytest

from tests.live.scenes import one_trail

RULES = "trail-logging-enabled,trail-log-validation,bucket-versioning,bucket-policy-source-arn,key-rotation"


def statuses(run):
    return {finding["rule_id"]: finding["status"] for finding in run["findings"]}


@pytest.fixture
def sound(aws, audit):
    """Return what an audit says without a fault; the scene stays."""
    one_trail(aws)
    done = audit("--select", RULES, "-f", "json")
    aws.forget()
    assert done.run["errors"] == []
    return statuses(done.run)


def test_a_denied_call_costs_its_own_facts_and_its_permission_is_named(aws, audit, sound):
    aws.on("s3.GetBucketVersioning", error="AccessDenied", status=403)

    done = audit("--select", RULES, "-f", "json")

    assert done.status == 2
    assert statuses(done.run) == sound | {"bucket-versioning": "unknown"}
    assert [error["kind"] for error in done.run["errors"]] == ["denied"]
    assert "s3:GetBucketVersioning" in done.run["errors"][0]["message"]


def test_an_explicit_deny_is_named_by_the_sort_of_policy(aws, audit, sound):
    message = (
        "is not authorized to perform: cloudtrail:GetTrailStatus with an explicit deny in a service control policy"
    )
    aws.on("cloudtrail.GetTrailStatus", error="AccessDeniedException", message=message)

    done = audit("--select", RULES, "-f", "json")

    assert statuses(done.run) == sound | {"trail-logging-enabled": "unknown"}
    assert "service control policy" in done.run["errors"][0]["message"]


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "ThrottlingException"},
        {"error": "Throttling", "status": 503},
        {"error": "InternalFailure", "status": 500},
        {"reset": True},
        {"cut": 20},
        {"body": "", "content_type": "application/x-amz-json-1.1"},
        {"body": "[1, 2]", "content_type": "application/x-amz-json-1.1"},
        {"body": "{}", "content_type": "application/x-amz-json-1.1"},
        {"body": "null", "content_type": "application/x-amz-json-1.1"},
    ],
    ids=json.dumps,
)
def test_what_goes_by_is_tried_again(aws, audit, sound, fault):
    aws.on("cloudtrail.GetTrailStatus", times=2, **fault)

    done = audit("--select", RULES, "-f", "json")

    assert (statuses(done.run), done.run["errors"]) == (sound, [])
    assert aws.counted()["cloudtrail.GetTrailStatus"] == 3


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"error": "ThrottlingException"}, "ThrottlingException"),
        ({"reset": True}, "ConnectionClosedError"),
        ({"body": "{}", "content_type": "application/x-amz-json-1.1"}, "UnreadableReply"),
        ({"body": "<html>", "content_type": "text/html", "status": 502}, "502"),
    ],
    ids=json.dumps,
)
def test_what_does_not_go_by_is_given_up_and_the_rest_is_complete(aws, audit, sound, fault, named):
    aws.on("cloudtrail.GetTrailStatus", **fault)

    done = audit("--select", RULES, "-f", "json")

    assert done.status == 2
    assert statuses(done.run) == sound | {"trail-logging-enabled": "unknown"}
    assert named in done.run["errors"][0]["message"]
    assert aws.counted()["cloudtrail.GetTrailStatus"] == 5


def test_a_service_that_throttles_without_end_is_asked_a_bounded_number_of_times(aws, audit, sound):
    aws.on("s3.*", error="SlowDown", status=503)

    done = audit("--select", "bucket-*", "-f", "json")

    assert done.status == 2
    assert sum(number for name, number in aws.counted().items() if name.startswith("s3.")) < 50


def test_expired_credentials_are_one_line_and_what_was_learnt_stays(aws, audit, sound, tmp_path):
    aws.on("s3.*", error="ExpiredToken", status=400)
    aws.on("kms.*", error="ExpiredTokenException", status=400)

    done = audit("--select", RULES, "-f", "json", "--snapshot", "facts.json")

    assert done.status == 2
    assert statuses(done.run)["trail-log-validation"] == sound["trail-log-validation"]
    assert statuses(done.run)["bucket-versioning"] == "unknown"
    assert len(done.run["errors"]) == 1
    assert "Expired" in done.run["errors"][0]["message"]


def test_a_wrong_clock_is_named_with_both_times_and_no_permission_is_blamed(aws, audit, sound):
    date = {"Date": "Tue, 01 Jan 2019 00:00:00 GMT"}
    aws.on("sts.GetCallerIdentity", error="SignatureDoesNotMatch", status=403, headers=date)

    done = audit("--select", RULES)

    assert (done.status, done.out) == (2, "")
    assert "2019-01-01 00:00:00 UTC" in done.err
    assert "clock" in done.err
    assert "grant" not in done.err


PAGES = {"reply": {"metricFilters": [], "nextToken": "on"}}


@pytest.mark.parametrize(
    "second",
    [{"error": "AccessDeniedException"}, PAGES],
    ids=["the second page is refused", "the pages lead in a circle"],
)
def test_a_list_whose_further_pages_do_not_come_is_not_taken_for_all(aws, audit, second, tmp_path):
    one_trail(aws)
    aws.on("logs.DescribeMetricFilters", **second)
    aws.on("logs.DescribeMetricFilters", times=1, **PAGES)

    done = audit("--select", "monitor-root-usage", "-f", "json", "--snapshot", "facts.json")

    assert statuses(done.run) == {"monitor-root-usage": "unknown"}
    calls = json.loads((tmp_path / "facts.json").read_text())["calls"]
    kept = next(call for call in calls if call["operation"] == "DescribeMetricFilters")
    assert kept["reply"] == {"metricFilters": [], **({"nextToken": "on"} if "nextToken" in kept["reply"] else {})}
    assert kept["failure"]


def test_empty_pages_with_a_token_are_read_to_the_end(aws, audit):
    one_trail(aws)
    last = {"metricFilters": [{"filterName": "last", "filterPattern": "x", "logGroupName": "trail"}]}
    aws.on("logs.DescribeMetricFilters", reply=last)
    for token in ("c", "b", "a"):
        aws.on("logs.DescribeMetricFilters", times=1, reply={"metricFilters": [], "nextToken": token})

    done = audit("--select", "monitor-root-usage", "-f", "json")

    assert aws.counted()["logs.DescribeMetricFilters"] == 4
    assert statuses(done.run) == {"monitor-root-usage": "fail"}


def test_a_bucket_of_another_account_is_not_one_without_a_policy(aws, audit, sound):
    aws.on("s3.*", error="AccessDenied", status=403, headers={"x-amz-bucket-region": "us-east-1"})

    done = audit("--select", "bucket-policy-source-arn,bucket-exists", "-f", "json")

    assert statuses(done.run) == {"bucket-policy-source-arn": "unknown", "bucket-exists": "pass"}


def test_a_bucket_that_is_gone_is_asked_no_further(aws, audit, sound):
    aws.on("s3.HeadBucket", error="NoSuchBucket", status=404)

    done = audit("--select", "bucket-exists,bucket-versioning", "-f", "json")

    assert statuses(done.run)["bucket-exists"] == "fail"
    assert [name for name in aws.counted() if name.startswith("s3.")] == ["s3.HeadBucket"]


def test_where_regions_cannot_be_listed_no_list_is_taken_for_all(aws, audit):
    aws.on("ec2.DescribeRegions", error="UnauthorizedOperation", status=403)

    done = audit("--select", "trail-exists", "-f", "json")

    assert done.status == 2
    assert statuses(done.run) == {"trail-exists": "unknown"}
    assert aws.counted()["cloudtrail.DescribeTrails"] == 1
