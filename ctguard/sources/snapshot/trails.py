"""Trails and event data stores, as the replies of CloudTrail tell them.

A trail is one resource, in its home region and account. Elsewhere it shows as a shadow: in the other regions, and an
organization's trail in its member accounts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from ctguard.model.values import PartialList, Value
from ctguard.sources.snapshot.asked import answer
from ctguard.sources.snapshot.facts import Call
from ctguard.sources.snapshot.things import (
    Sight,
    Thing,
    arn_fields,
    entries,
    entry_of,
    joined,
    listed,
    stand_in,
    text_of,
    thing,
)

LISTING: Final = "cloudtrail.DescribeTrails"
OF_TRAIL: Final = {"GetTrailStatus": "Name", "GetEventSelectors": "TrailName", "GetInsightSelectors": "TrailName"}
VERIFICATION: Final = "ctguard.VerifyLogs"
FOLDERS: Final = "s3.ListObjectsV2"
OF_STORE: Final = {"GetEventDataStore": "EventDataStore", "GetResourcePolicy": "ResourceArn"}


def trails(sight: Sight) -> Iterator[Thing]:
    """Yield each trail once, and what stands for those of a region of which nobody could read the list."""
    seen: dict[str, list[tuple[Call, dict[str, Any]]]] = defaultdict(list)
    for call in sight.asked.calls(LISTING):
        for entry in entries(call, "trailList"):
            seen[text_of(entry, "TrailARN")].append((call, entry))
    for arn, sightings in sorted(seen.items()):
        region, account, _ = arn_fields(arn)
        call, entry = min(sightings, key=lambda one: (one[0].account != account, one[0].region != region))
        yield _trail(sight, arn, entry, sight.home(account, call.account))
    yield from (stand_in("trail", *where) for where in sight.unread(LISTING))


def _trail(sight: Sight, arn: str, entry: dict[str, Any], seen_by: str) -> Thing:
    region, account, _ = arn_fields(arn)
    facts = {
        operation: sight.about(f"cloudtrail.{operation}", parameter, arn).fact
        for operation, parameter in OF_TRAIL.items()
    }
    facts["DescribeTrails:trailList[]"] = entry
    # The verification of log files is no call of the API: where none was run, there is no answer.
    verified = sight.asked.about(VERIFICATION, "TrailArn", arn)
    facts["VerifyLogs"] = sight.about(VERIFICATION, "TrailArn", arn).fact if verified else {}
    tags = sight.about("cloudtrail.ListTags", "ResourceIdList", arn)
    facts["ListTags:ResourceTagList[]"] = entry_of(tags, "ResourceTagList", "ResourceId", arn)
    told = {"delivered_accounts": _delivered_accounts(sight, arn, entry)}
    return thing("trail", arn, facts, seen_by=seen_by, account=account or seen_by, region=region, told=told)


def _delivered_accounts(sight: Sight, arn: str, entry: dict[str, Any]) -> Value:
    """Return the accounts that have a folder below that of the organization; None of a trail that has no such folder.

    CloudTrail User Guide, "Finding your CloudTrail log files": AWSLogs/ORGANIZATION/ACCOUNT/.
    """
    if entry.get("IsOrganizationTrail") is not True:
        return None
    start = "".join(f"{one}/" for one in (text_of(entry, "S3KeyPrefix"),) if one)
    listings = sight.asked.about(FOLDERS, "Bucket", text_of(entry, "S3BucketName"))
    calls = [call for call in listings if text_of(call.parameters, "Prefix").startswith(f"{start}AWSLogs/o-")]
    told = answer(calls, FOLDERS, arn)
    if not isinstance(told.fact, dict):
        return told.fact
    found = told.fact.get("CommonPrefixes") or ()
    names = [
        text_of(one, "Prefix")
        for one in (found.items if isinstance(found, PartialList) else found)
        if isinstance(one, dict)
    ]
    accounts = [account for name in names if (account := name.rstrip("/").rpartition("/")[2]).isdigit()]
    return listed(accounts, told.unread)


def trail_arns(sight: Sight, account: str) -> Value:
    """Return the ARNs of the trails that an account sees: its own, and those of its organization."""
    seen = joined((sight.listed(LISTING, account, region) for region in sight.regions(account)), "trailList")
    items, rest = (seen.items, seen.rest) if isinstance(seen, PartialList) else (seen, None)
    arns = dict.fromkeys(text_of(one, "TrailARN") for one in items if isinstance(one, dict))
    return listed(arns, rest or sight.enabled(account).unread)


def event_data_stores(sight: Sight) -> Iterator[Thing]:
    """Yield each event data store that is listed."""
    calls = sight.asked.calls("cloudtrail.ListEventDataStores")
    seen = {text_of(entry, "EventDataStoreArn"): call for call in calls for entry in entries(call, "EventDataStores")}
    for arn, call in sorted(seen.items()):
        region, account, _ = arn_fields(arn)
        facts = {
            operation: sight.about(f"cloudtrail.{operation}", parameter, arn).fact
            for operation, parameter in OF_STORE.items()
        }
        home = sight.home(account, call.account)
        yield thing("event_data_store", arn, facts, seen_by=home, account=account or home, region=region)
