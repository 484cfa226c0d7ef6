"""Log groups, their metric filters and what processes their events, as the replies of CloudWatch Logs tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from ctguard.model.values import Unknown, Value
from ctguard.sources.snapshot.asked import Answer, answer
from ctguard.sources.snapshot.facts import Call
from ctguard.sources.snapshot.things import Sight, Thing, arn_fields, entries, stand_in, text_of, thing

GROUPS: Final = "logs.DescribeLogGroups"
FILTERS: Final = "logs.DescribeMetricFilters"
POLICIES: Final = "logs.DescribeAccountPolicies"
OF_POLICIES: Final = "DescribeAccountPolicies:accountPolicies[]"
PROTECTED: Final = "dataProtectionStatus"
UNPROTECTED: Final = (None, "DELETED", "DISABLED")
INHERITED: Final = "inheritedProperties"


class Filters(Struct, frozen=True):
    """A sort of filter on log groups: its kind here, the call that lists it, the list, and a word for addresses."""

    kind: str
    operation: str
    members: str
    word: str


FILTERS_OF_GROUPS: Final = (
    Filters("metric_filter", "DescribeMetricFilters", "metricFilters", "metric-filter"),
    Filters("log_subscription", "DescribeSubscriptionFilters", "subscriptionFilters", "subscription-filter"),
)


def log_groups(sight: Sight) -> Iterator[Thing]:
    """Yield each log group that is listed, or named by a trail, with its metric filters; and the account's policies."""
    found = dict(_listed(sight))
    for arn, call in _named_by_trails(sight):
        found.setdefault(arn, (call, None))
    for arn, (call, entry) in sorted(found.items()):
        yield from _log_group(sight, arn, call, entry)
    for account, region in sorted({(arn_fields(arn)[1], arn_fields(arn)[0]) for arn in found}):
        yield from _account_policies(sight, account, region, [entry for _, entry in found.values() if entry])


def log_regions(sight: Sight) -> list[tuple[str, str]]:
    """Return the accounts and regions in which there are log groups that matter."""
    arns = {*dict(_listed(sight)), *(arn for arn, _ in _named_by_trails(sight))}
    return sorted({(arn_fields(arn)[1], arn_fields(arn)[0]) for arn in arns})


def _listed(sight: Sight) -> Iterator[tuple[str, tuple[Call, dict[str, Any] | None]]]:
    for call in sight.asked.calls(GROUPS):
        # A prefix lists groups beside the one that was meant.
        meant = text_of(call.parameters, "logGroupNamePrefix")
        for entry in entries(call, "logGroups"):
            if not meant or text_of(entry, "logGroupName") == meant:
                arn = text_of(entry, "logGroupArn") or text_of(entry, "arn").removesuffix(":*")
                yield arn, (call, entry)


def _named_by_trails(sight: Sight) -> Iterator[tuple[str, Call]]:
    for call in sight.asked.calls("cloudtrail.DescribeTrails"):
        for entry in entries(call, "trailList"):
            if arn := text_of(entry, "CloudWatchLogsLogGroupArn"):
                yield arn.removesuffix(":*"), call


def _log_group(sight: Sight, arn: str, call: Call, entry: dict[str, Any] | None) -> Iterator[Thing]:
    region, account, resource = arn_fields(arn)
    name = resource.removeprefix("log-group:")
    seen_by = sight.home(account, call.account)
    filters = _of_group(sight, FILTERS, account, region, name, "logGroupName")
    is_present: Value = True
    if entry is None:
        is_present = False if filters.is_gone else _absent(sight, account, region, name)
    facts = _facts(sight, arn, name, is_present if entry is None else entry)
    if is_present is False:
        facts = dict.fromkeys(facts, Unknown(f"log group {arn}", "does not exist", "name a log group that exists"))
    told = {"name": name, "is_present": is_present}
    yield thing("log_group", arn, facts, seen_by=seen_by, account=account or seen_by, region=region, told=told)
    for one in FILTERS_OF_GROUPS if is_present is not False else ():
        yield from _on_group(sight, one, arn, name, seen_by)


def _facts(sight: Sight, arn: str, name: str, entry: Value) -> dict[str, Value]:
    """Return what is told of a log group; for the policy that masks events is asked only where there is one."""
    region, account, _ = arn_fields(arn)
    facts = {
        operation: _of_group(sight, f"logs.{operation}", account, region, name, "logGroupIdentifier").fact
        for operation in ("GetDataProtectionPolicy", "GetTransformer")
    }
    if isinstance(entry, dict) and entry.get(PROTECTED) in UNPROTECTED:
        facts["GetDataProtectionPolicy"] = {}
    facts["DescribeResourcePolicies"] = sight.listed("logs.DescribeResourcePolicies", account, region).fact
    facts["DescribeLogGroups:logGroups[]"] = entry
    return facts


def _on_group(sight: Sight, filters: Filters, group: str, name: str, seen_by: str) -> Iterator[Thing]:
    """Yield the filters of one sort on a log group, and what stands for those that nobody could list."""
    region, account, _ = arn_fields(group)
    told = _of_group(sight, f"logs.{filters.operation}", account, region, name, "logGroupName")
    fact = f"{filters.operation}:{filters.members}[]"
    for one in entries(told.call, filters.members) if told.call else ():
        if one.get("logGroupName") in (None, name):
            address = f"{group}:{filters.word}:{text_of(one, 'filterName')}"
            facts = {fact: {"logGroupName": name, **one}}
            yield thing(filters.kind, address, facts, seen_by=seen_by, account=account or seen_by, region=region)
    if told.unread is not None:
        yield stand_in(filters.kind, seen_by, region, told.unread, group, (fact, {"logGroupName": name}))


def _of_group(sight: Sight, name: str, account: str, region: str, group: str, parameter: str) -> Answer:
    """Return what a call tells about one log group, or about all of its region."""
    calls = [
        call
        for call in sight.asked.calls(name, account, region)
        if call.parameters.get(parameter) in (None, group) or str(call.parameters[parameter]).endswith(f":{group}")
    ]
    return answer(calls, name, f"log group {group} in {region}")


def _absent(sight: Sight, account: str, region: str, name: str) -> Value:
    """Return False where a whole list does not have the log group, else why nobody can say."""
    calls = [
        call
        for call in sight.asked.calls(GROUPS, account, region)
        if name.startswith(text_of(call.parameters, "logGroupNamePrefix"))
    ]
    told = answer(calls, GROUPS, f"log group {name} in {region}")
    return False if told.unread is None else told.unread


def _account_policies(sight: Sight, account: str, region: str, groups: list[dict[str, Any]]) -> Iterator[Thing]:
    for call in sight.asked.calls(POLICIES, account, region):
        for entry in entries(call, "accountPolicies"):
            address = f"account policy {text_of(entry, 'policyName')} of {account} in {region}"
            facts = {OF_POLICIES: entry}
            yield thing("log_account_policy", address, facts, seen_by=sight.home(account, call.account), region=region)
    for kind, needed in (
        ("DATA_PROTECTION_POLICY", any(group.get(INHERITED) for group in groups)),
        ("TRANSFORMER_POLICY", _reads_transformed(sight, account, region)),
    ):
        given = {"policyType": kind}
        calls = sight.asked.calls(POLICIES, account, region, given)
        unread = answer(calls, POLICIES, f"account {account} in {region}").unread
        if unread is not None and (needed or calls) and account in sight.accounts:
            of = f"{kind} in {account} {region}"
            yield stand_in("log_account_policy", account, region, unread, of, (OF_POLICIES, given))


def _reads_transformed(sight: Sight, account: str, region: str) -> bool:
    """Say whether a metric filter there reads what a transformer makes of events."""
    calls = sight.asked.calls(FILTERS, account, region)
    return any(entry.get("applyOnTransformedLogs") for call in calls for entry in entries(call, "metricFilters"))
