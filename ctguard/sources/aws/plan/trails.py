"""Calls that say who is asked, and those on trails and event data stores."""

from __future__ import annotations

from typing import Final

from ctguard.sources.aws.plan.shape import Pages, PlannedCall

TRAILS: Final = ("cloudtrail.DescribeTrails",)


def _of_trail(operation: str, parameter: str, holds: str, unset: frozenset[str] = frozenset()) -> PlannedCall:
    return PlannedCall(
        service="cloudtrail",
        operation=operation,
        each="trail",
        gives=("trail",),
        takes={parameter: "arn"},
        needs=TRAILS,
        unset=unset,
        holds=(holds,),
    )


def _of_history(event: str) -> PlannedCall:
    return PlannedCall(
        service="cloudtrail",
        operation="LookupEvents",
        each="home region",
        gives=("account",),
        given={"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": event}]},
        needs=TRAILS,
        pages=Pages(("Events",)),
    )


TRAIL_CALLS: Final = (
    # Who is asked, and where.
    PlannedCall(
        service="sts",
        operation="GetCallerIdentity",
        each="account",
        action="",
        gives=("account.account_id",),
        holds=("Account", "Arn"),
    ),
    PlannedCall(service="ec2", operation="DescribeRegions", each="account", gives=("account",), holds=("Regions",)),
    # Trails. With shadow trails: organization trails are nothing else in member accounts.
    PlannedCall(
        service="cloudtrail",
        operation="DescribeTrails",
        each="region",
        gives=("trail", "account.trail_arns"),
        needs=("ec2.DescribeRegions",),
        holds=("trailList",),
    ),
    _of_trail("GetTrailStatus", "Name", "IsLogging"),
    _of_trail("GetEventSelectors", "TrailName", "TrailARN"),
    _of_trail("GetInsightSelectors", "TrailName", "TrailARN", frozenset({"InsightNotEnabledException"})),
    PlannedCall(
        service="cloudtrail",
        operation="ListTags",
        each="trail",
        gives=("trail",),
        takes={"ResourceIdList": "arns"},
        needs=TRAILS,
        pages=Pages(("ResourceTagList",)),
    ),
    PlannedCall(
        service="cloudtrail",
        operation="ListEventDataStores",
        each="region",
        gives=("event_data_store.arn",),
        needs=("ec2.DescribeRegions",),
        pages=Pages(("EventDataStores",)),
    ),
    PlannedCall(
        service="cloudtrail",
        operation="GetEventDataStore",
        each="event data store",
        gives=("event_data_store",),
        takes={"EventDataStore": "arn"},
        needs=("cloudtrail.ListEventDataStores",),
        holds=("EventDataStoreArn",),
    ),
    PlannedCall(
        service="cloudtrail",
        operation="GetResourcePolicy",
        each="event data store",
        gives=("event_data_store",),
        takes={"ResourceArn": "arn"},
        needs=("cloudtrail.ListEventDataStores",),
        unset=frozenset({"ResourcePolicyNotFoundException"}),
        holds=("ResourceArn",),
    ),
    # Who blinded a trail, as far back as the event history goes: a call looks for one name.
    _of_history("StopLogging"),
    _of_history("UpdateTrail"),
    _of_history("PutEventSelectors"),
)
