"""Log groups, their metric filters and what processes their events, as the replies of CloudWatch Logs tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ctguard.model.values import Unknown, Value
from ctguard.sources.snapshot.asked import Answer, answer
from ctguard.sources.snapshot.facts import Call
from ctguard.sources.snapshot.things import Sight, Thing, arn_fields, entries, stand_in, text_of, thing

GROUPS: Final = "logs.DescribeLogGroups"
FILTERS: Final = "logs.DescribeMetricFilters"
POLICIES: Final = "logs.DescribeAccountPolicies"
PROTECTED: Final = "dataProtectionStatus"
INHERITED: Final = "inheritedProperties"


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
    facts = {
        f"{operation}": _of_group(sight, f"logs.{operation}", account, region, name, "logGroupIdentifier").fact
        for operation in ("GetDataProtectionPolicy", "GetTransformer")
    }
    facts["DescribeResourcePolicies"] = sight.listed("logs.DescribeResourcePolicies", account, region).fact
    is_present: Value = True
    if entry is None:
        is_present = False if filters.is_gone else _absent(sight, account, region, name)
        gone = Unknown(f"log group {arn}", "does not exist", "name a log group that exists")
        fact = gone if is_present is False else is_present
        facts = dict.fromkeys((*facts, "DescribeLogGroups:logGroups[]"), fact)
    else:
        facts["DescribeLogGroups:logGroups[]"] = entry
        if not entry.get(PROTECTED) and isinstance(facts["GetDataProtectionPolicy"], Unknown):
            facts["GetDataProtectionPolicy"] = {}
    told = {"name": name, "is_present": is_present}
    yield thing("log_group", arn, facts, seen_by=seen_by, account=account or seen_by, region=region, told=told)
    for one in entries(filters.call, "metricFilters") if filters.call else ():
        address = f"{arn}:metric-filter:{text_of(one, 'filterName')}"
        of_filter = {"DescribeMetricFilters:metricFilters[]": one}
        yield thing(
            "metric_filter",
            address,
            of_filter,
            seen_by=seen_by,
            account=account or seen_by,
            region=region,
            told={"log_group": arn, "arn": None},
        )
    if filters.unread is not None and is_present is not False:
        yield stand_in("metric_filter", seen_by, region, filters.unread, arn, {"log_group": arn})


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
            facts = {"DescribeAccountPolicies:accountPolicies[]": entry}
            yield thing("log_account_policy", address, facts, seen_by=sight.home(account, call.account), region=region)
    for kind, needed in (
        ("DATA_PROTECTION_POLICY", any(group.get(INHERITED) for group in groups)),
        ("TRANSFORMER_POLICY", _reads_transformed(sight, account, region)),
    ):
        given = {"policyType": kind}
        calls = sight.asked.calls(POLICIES, account, region, given)
        unread = answer(calls, POLICIES, f"account {account} in {region}").unread
        if unread is not None and (needed or calls) and account in sight.accounts:
            told = {"DescribeAccountPolicies:accountPolicies[]": given}
            yield stand_in("log_account_policy", account, region, unread, f"{kind} in {account} {region}", told)


def _reads_transformed(sight: Sight, account: str, region: str) -> bool:
    """Say whether a metric filter there reads what a transformer makes of events."""
    calls = sight.asked.calls(FILTERS, account, region)
    return any(entry.get("applyOnTransformedLogs") for call in calls for entry in entries(call, "metricFilters"))
