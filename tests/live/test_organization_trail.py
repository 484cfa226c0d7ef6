"""An organization trail: which of the accounts have files in its bucket, and which the audit itself finds in them."""

from __future__ import annotations

import pytest

from tests.live.front import ACCOUNT
from tests.live.scenes import BUCKET, one_trail

RULE = "trail-org-member-coverage"
ORGANIZATION = "o-exampleorg"
MEMBER = "444455556666"


def listed(*accounts):
    """Return what Organizations says of its accounts."""
    return {"Accounts": [{"Id": one, "Name": one, "State": "ACTIVE"} for one in accounts]}


@pytest.fixture
def organization(aws):
    """Build an organization trail in the management account."""
    arn = one_trail(aws)
    described = {"Id": ORGANIZATION, "MasterAccountId": ACCOUNT, "FeatureSet": "ALL"}
    trail = {
        "Name": "audit",
        "TrailARN": arn,
        "HomeRegion": "us-east-1",
        "S3BucketName": BUCKET,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": True,
    }
    aws.on("organizations.DescribeOrganization", reply={"Organization": described})
    aws.on("organizations.ListAccounts", reply=listed(ACCOUNT, MEMBER))
    aws.on("cloudtrail.DescribeTrails", reply={"trailList": [trail]})
    return aws


def files_of(aws, *accounts):
    for account in accounts:
        key = f"AWSLogs/{ORGANIZATION}/{account}/CloudTrail/us-east-1/2026/11/20/log.json.gz"
        aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"")


def finding(done):
    (one,) = done.run["findings"]
    return one


def test_every_account_with_files_is_reached(organization, audit):
    files_of(organization, ACCOUNT, MEMBER)

    assert finding(audit("--select", RULE, "-f", "json"))["status"] == "pass"


def test_an_account_without_files_is_named(organization, audit):
    files_of(organization, ACCOUNT)

    found = finding(audit("--select", RULE, "-f", "json"))

    assert (found["status"], found["witness"]["id"]) == ("fail", MEMBER)


def test_a_bucket_that_may_not_be_listed_leaves_it_open(organization, audit):
    files_of(organization, ACCOUNT, MEMBER)
    organization.on("s3.ListObjectsV2", error="AccessDenied", status=403)

    done = audit("--select", RULE, "-f", "json")

    assert finding(done)["status"] == "unknown"
    assert "grant s3:ListBucket" in [one["cure"] for one in done.run["unknowns"]]
