"""A snapshot of an organization: its trail is judged where it is owned, and counts in every member that sees it."""

from __future__ import annotations

from typing import Any

from ctguard.engine.findings import judge_inventory
from ctguard.engine.pack import load_pack
from ctguard.run.inputs import Loaded
from ctguard.run.scan import inventory_of
from ctguard.sources.snapshot.facts import Account, Call, Snapshot
from ctguard.sources.snapshot.read import units

RULES = load_pack().rules
MANAGEMENT, MEMBER = "111122223333", "444455556666"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/organization"
ENTRY = {
    "TrailARN": TRAIL,
    "Name": "organization",
    "HomeRegion": "us-east-1",
    "IsMultiRegionTrail": True,
    "IsOrganizationTrail": True,
    "IncludeGlobalServiceEvents": True,
    "S3BucketName": "logs",
}
ORGANIZATION = {"Id": "o-example1234", "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}


def call(account: str, name: str, reply: dict[str, Any], **parameters: Any) -> Call:
    service, _, operation = name.partition(".")
    return Call(
        account=account,
        region="us-east-1",
        service=service,
        operation=operation,
        reply=reply,
        parameters=parameters,
    )


def seen_by(account: str) -> list[Call]:
    """Return what every account may ask."""
    return [
        call(account, "ec2.DescribeRegions", {"Regions": [{"RegionName": "us-east-1"}]}),
        call(account, "cloudtrail.DescribeTrails", {"trailList": [ENTRY]}),
        call(account, "organizations.DescribeOrganization", {"Organization": ORGANIZATION}),
    ]


def seen_by_the_owner() -> list[Call]:
    """Return what only the management account is told."""
    status = {
        "IsLogging": True,
        "LatestDeliveryTime": "2026-11-20T09:55:00Z",
        "StartLoggingTime": "2025-01-01T00:00:00Z",
    }
    selectors = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    members = [{"Id": one, "State": "ACTIVE"} for one in (MANAGEMENT, MEMBER)]
    folders = [{"Prefix": f"AWSLogs/o-example1234/{one}/"} for one in (MANAGEMENT, MEMBER)]
    return [
        call(MANAGEMENT, "cloudtrail.GetTrailStatus", status, Name=TRAIL),
        call(
            MANAGEMENT,
            "cloudtrail.GetEventSelectors",
            {"TrailARN": TRAIL, "AdvancedEventSelectors": selectors},
            TrailName=TRAIL,
        ),
        call(MANAGEMENT, "organizations.ListAccounts", {"Accounts": members}),
        call(
            MANAGEMENT,
            "s3.ListObjectsV2",
            {"CommonPrefixes": folders},
            Bucket="logs",
            Prefix="AWSLogs/o-example1234/",
            Delimiter="/",
        ),
    ]


def verdicts(accounts: list[str], calls: list[Call], rules: str) -> dict[tuple[str, str], str]:
    """Return what rules say of the accounts of a snapshot, by rule and account."""
    snapshot = Snapshot(
        tool="test",
        started_at="2026-11-20T10:00:00Z",
        finished_at="2026-11-20T10:00:00Z",
        accounts=tuple(Account(id=one, regions=("us-east-1",)) for one in accounts),
        calls=tuple(calls),
    )
    inventory = inventory_of(Loaded(tuple(units(snapshot, "facts.json")), (), ("facts.json",)))
    judged = judge_inventory([RULES[rule] for rule in rules.split()], inventory)
    return {(one.finding.rule_id, one.finding.resource.account_id or ""): one.finding.status.value for one in judged}


def test_the_trail_of_the_organization_counts_in_every_account():
    rules = "trail-exists trail-multi-region trail-global-service-events trail-coverage-union"

    found = verdicts([MANAGEMENT, MEMBER], [*seen_by(MANAGEMENT), *seen_by(MEMBER), *seen_by_the_owner()], rules)

    assert found == {(rule, account): "pass" for rule in rules.split() for account in (MANAGEMENT, MEMBER)}


def test_it_is_judged_where_it_is_owned_and_inherited_elsewhere():
    rules = "trail-delivery-recent trail-org-member-coverage trail-shadow-resolved"

    found = verdicts([MANAGEMENT, MEMBER], [*seen_by(MANAGEMENT), *seen_by(MEMBER), *seen_by_the_owner()], rules)

    assert found == {
        ("trail-delivery-recent", MANAGEMENT): "pass",
        ("trail-org-member-coverage", MANAGEMENT): "pass",
        ("trail-shadow-resolved", MANAGEMENT): "not_applicable",
        ("trail-shadow-resolved", MEMBER): "pass",
    }


def test_a_member_alone_can_say_little_of_it_and_nothing_wrong():
    rules = "trail-exists trail-multi-region trail-coverage-union trail-shadow-resolved"

    found = verdicts([MEMBER], seen_by(MEMBER), rules)

    assert found == {(rule, MEMBER): "unknown" for rule in rules.split()}
