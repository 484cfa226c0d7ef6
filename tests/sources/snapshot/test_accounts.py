"""Several accounts in one snapshot, or in several: each trail once, in its home, and joins across accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ctguard.model.values import Unknown
from ctguard.sources.snapshot.facts import Account, Call, Failure
from tests.sources.snapshot.recorded import (
    ACCOUNT,
    BUCKET,
    ELSEWHERE,
    HOME,
    KEY,
    OTHER,
    REGIONS,
    TRAIL,
    Recorded,
    call,
    finding,
    scanned,
    verdicts,
)

LOGS = f"arn:aws:s3:::{BUCKET}"
MANAGER = Account(id=ACCOUNT, name="management", regions=REGIONS)
MEMBER = Account(id=OTHER, name="shop", regions=REGIONS)
ORGANIZATION = {
    "Organization": {
        "Id": "o-exampleorgid",
        "Arn": f"arn:aws:organizations::{ACCOUNT}:organization/o-exampleorgid",
        "FeatureSet": "ALL",
        "MasterAccountId": ACCOUNT,
    }
}


def organization_trail(recorded: Recorded) -> dict[str, Any]:
    described = next(one for one in recorded.calls if one.operation == "DescribeTrails")
    return {**described.reply["trailList"][0], "IsOrganizationTrail": True}


def as_organization(recorded: Recorded) -> Recorded:
    """Return the account as the management account of an organization, with the trail of all accounts."""
    trail = organization_trail(recorded)
    changed = recorded.changed("cloudtrail.DescribeTrails", lambda it: it.update(trailList=[trail]))
    return changed.changed("organizations.DescribeOrganization", lambda it: it.update(ORGANIZATION))


def member(*, trail: dict[str, Any]) -> list[Call]:
    """Return what a member account says: the organization's trail is a shadow that it may not look into."""
    refused = Failure("AccessDeniedException", "not yours")
    return [
        call("ec2.DescribeRegions", {"Regions": [{"RegionName": name} for name in REGIONS]}, account=OTHER),
        *(
            call("cloudtrail.DescribeTrails", {"trailList": [trail]}, region=region, account=OTHER)
            for region in REGIONS
        ),
        call("cloudtrail.GetTrailStatus", failure=refused, account=OTHER, Name=TRAIL),
        call("cloudtrail.GetEventSelectors", failure=refused, account=OTHER, TrailName=TRAIL),
        call("organizations.DescribeOrganization", ORGANIZATION, account=OTHER),
    ]


def test_a_trail_is_one_resource_in_its_home_region(tmp_path):
    inventory = Recorded().inventory(tmp_path)

    (trail,) = inventory.of_kind("trail")
    assert (trail.address, trail.region, trail.account_id) == (TRAIL, HOME, ACCOUNT)


def test_an_organization_trail_is_judged_in_its_owner_and_seen_by_its_members(tmp_path):
    manager = as_organization(Recorded())
    both = Recorded([*manager.calls, *member(trail=organization_trail(manager))], (MANAGER, MEMBER))

    inventory = both.inventory(tmp_path)
    run = both.run(tmp_path)

    (trail,) = (one for one in inventory.of_kind("trail"))
    assert trail.account_id == ACCOUNT
    shop = next(one for one in inventory.of_kind("account") if one.account_id == OTHER)
    assert inventory.follow(shop, "seen_trails") == [trail]
    assert len(run.trails) == 1
    assert verdicts(run)["trail-logging-enabled", TRAIL] == "pass"
    # The owner has answered what the member was refused.
    assert run.errors == ()


def test_without_its_owner_what_a_member_cannot_read_of_a_trail_is_unknown(tmp_path):
    manager = as_organization(Recorded())
    alone = Recorded(member(trail=organization_trail(manager)), (MEMBER,))

    inventory = alone.inventory(tmp_path)

    (trail,) = (one for one in inventory.of_kind("trail"))
    assert trail["is_multi_region_trail"] is True
    assert isinstance(trail["is_logging"], Unknown)
    assert trail.account_id == ACCOUNT


def test_an_organization_is_judged_once(tmp_path):
    manager = as_organization(Recorded())
    both = Recorded([*manager.calls, *member(trail=organization_trail(manager))], (MANAGER, MEMBER))

    inventory = both.inventory(tmp_path)

    judged = [one.account_id for one in inventory.of_kind("organization") if one.is_judged]
    assert judged == [ACCOUNT]
    assert len(inventory.of_kind("organization")) == 2


def archived() -> Recorded:
    """Return two accounts: the trail and its key are in one, the bucket in the other, which alone may read it."""
    calls = []
    for one in Recorded().calls:
        if one.service == "s3":
            refused = Failure("403" if one.operation == "HeadBucket" else "AccessDenied", "not yours")
            calls.append(call(f"s3.{one.operation}", failure=refused, region=one.region, **one.parameters))
            calls.append(
                call(
                    f"s3.{one.operation}",
                    one.reply,
                    failure=one.failure,
                    region=one.region,
                    account=OTHER,
                    **one.parameters,
                )
            )
        else:
            calls.append(one)
    own = [
        call("ec2.DescribeRegions", {"Regions": [{"RegionName": name} for name in REGIONS]}, account=OTHER),
        *(call("cloudtrail.DescribeTrails", {"trailList": []}, region=region, account=OTHER) for region in REGIONS),
    ]
    return Recorded([*calls, *own], (MANAGER, MEMBER))


def test_a_bucket_of_another_account_of_the_run_is_read_there(tmp_path):
    inventory = archived().inventory(tmp_path)
    run = archived().run(tmp_path)

    (bucket,) = (one for one in inventory.of_kind("bucket") if one.name == BUCKET)
    (trail,) = inventory.of_kind("trail")
    assert bucket.account_id == OTHER
    assert inventory.follow(trail, "bucket") is bucket
    assert verdicts(run)["bucket-policy-trail-can-write", LOGS] == "pass"
    # What the trail's account was refused, the bucket's has answered.
    assert run.errors == ()


def test_the_block_of_another_account_does_not_count_for_a_bucket(tmp_path):
    account = archived().changed(
        "s3.GetPublicAccessBlock",
        lambda it: it["PublicAccessBlockConfiguration"].update(BlockPublicAcls=False),
        account=OTHER,
    )

    found = verdicts(account.run(tmp_path, "bucket-public-access-block"))

    # The bucket's own account was not asked for its block; that of the trail's account is on.
    assert found["bucket-public-access-block", LOGS] == "unknown"


def test_accounts_of_two_snapshots_are_joined(tmp_path):
    manager, shop = tmp_path / "a", tmp_path / "b"
    manager.mkdir()
    shop.mkdir()
    both = archived()
    one = Recorded([it for it in both.calls if it.account == ACCOUNT], (MANAGER,)).saved(manager)
    two = Recorded([it for it in both.calls if it.account == OTHER], (MEMBER,)).saved(shop)

    found = verdicts(scanned([one, two], "bucket-policy-trail-can-write"))

    assert found == {("bucket-policy-trail-can-write", LOGS): "pass"}


def test_an_account_that_could_not_be_entered_is_an_error_and_the_others_are_whole(tmp_path):
    shut = Account(id=OTHER, name="shop", entered=False, failure=Failure("AccessDenied", "no", "sts:AssumeRole"))
    account = Recorded(accounts=(MANAGER, shut))

    run = account.run(tmp_path)

    (error,) = run.errors
    assert (error.source, error.kind) == (f"account {OTHER}", "denied")
    assert "sts:AssumeRole" in error.message
    assert verdicts(run)["trail-logging-enabled", TRAIL] == "pass"


@pytest.mark.parametrize("region", REGIONS)
def test_a_trail_of_a_region_that_could_not_be_asked_may_be_there(tmp_path, region):
    account = Recorded().denied("cloudtrail.DescribeTrails", region=region)
    account = account.changed("cloudtrail.GetTrailStatus", lambda it: it.update(IsLogging=False))

    run = account.run(tmp_path, "trail-exists")

    (found,) = run.findings
    assert found.status.value == "unknown"
    assert len(account.run(tmp_path).trails) == 1


def test_a_region_that_is_switched_off_is_no_gap(tmp_path):
    off = {"RegionName": "ap-east-1", "OptInStatus": "not-opted-in"}
    account = Recorded().changed("ec2.DescribeRegions", lambda it: it["Regions"].append(off))

    inventory = account.inventory(tmp_path)

    (one,) = inventory.of_kind("account")
    assert sorted(one["enabled_regions"]) == sorted(REGIONS)
    assert [trail.is_judged for trail in inventory.of_kind("trail")] == [True]


def test_an_alarm_of_another_region_reads_no_filter(tmp_path):
    """A name may stand in several regions; metrics do not leave theirs."""
    alarms = next(one for one in Recorded().calls if one.operation == "DescribeAlarms")
    moved = json.loads(json.dumps(alarms.reply).replace(HOME, ELSEWHERE))
    account = Recorded().changed("cloudwatch.DescribeAlarms", lambda it: it.update(MetricAlarms=[]))

    elsewhere = Recorded([*account.calls, call("cloudwatch.DescribeAlarms", moved, region=ELSEWHERE)])

    one = finding(elsewhere.run(tmp_path, "monitor-cloudtrail-changes"), "monitor-cloudtrail-changes", TRAIL)
    assert one.status.value == "fail"


def test_a_key_of_another_account_that_may_not_be_read_is_unknown(tmp_path):
    foreign = KEY.replace(ACCOUNT, OTHER)
    calls = [one for one in Recorded().calls if one.service != "kms"]
    account = Recorded([*calls, call("kms.DescribeKey", failure=Failure("AccessDeniedException", "no"), KeyId=foreign)])
    account = account.changed("cloudtrail.DescribeTrails", lambda it: it["trailList"][0].update(KmsKeyId=foreign))

    found = verdicts(account.run(tmp_path, "key-*"))

    # Its region stands in its ARN.
    assert found.pop(("key-same-region", foreign)) == "pass"
    assert {status for (_, address), status in found.items() if address == foreign} == {"unknown"}
