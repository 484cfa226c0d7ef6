"""Alarms of all three sorts, and the rules that mute them, as the replies of CloudWatch tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ctguard.model.values import Unknown
from ctguard.sources.snapshot.log_groups import log_regions
from ctguard.sources.snapshot.things import Sight, Thing, entries, stand_in, text_of, thing

ALARMS: Final = "cloudwatch.DescribeAlarms"
MUTES: Final = "cloudwatch.ListAlarmMuteRules"
SORTS: Final = {"alarm": "MetricAlarms", "composite_alarm": "CompositeAlarms", "log_alarm": "LogAlarms"}


def alarms(sight: Sight) -> Iterator[Thing]:
    """Yield each alarm that is listed, and what stands for those that may be there beside a log group."""
    for call in sight.asked.calls(ALARMS):
        for kind, name in SORTS.items():
            for entry in entries(call, name):
                facts = {f"DescribeAlarms:{name}[]": entry}
                yield thing(kind, text_of(entry, "AlarmArn"), facts, seen_by=call.account, region=call.region)
    for account, region in log_regions(sight):
        if account not in sight.accounts:
            continue
        unread = sight.listed(ALARMS, account, region).unread
        if unread is not None:
            yield from (stand_in(kind, account, region, unread) for kind in SORTS)
        yield from _mute_rules(sight, account, region)


def _mute_rules(sight: Sight, account: str, region: str) -> Iterator[Thing]:
    """Yield the mute rules of a region with the alarms that they name, as far as was asked alarm by alarm."""
    every = sight.listed(MUTES, account, region, AlarmName=None)
    arns = [
        text_of(entry, "AlarmArn")
        for call in sight.asked.calls(ALARMS, account, region)
        for entry in entries(call, "MetricAlarms")
    ]
    muted: dict[str, list[str]] = {}
    if every.unread is None and not (every.call and list(entries(every.call, "AlarmMuteRuleSummaries"))):
        return
    for arn in arns:
        told = sight.listed(MUTES, account, region, AlarmName=arn.rpartition(":alarm:")[2])
        for entry in entries(told.call, "AlarmMuteRuleSummaries") if told.call else ():
            muted.setdefault(text_of(entry, "AlarmMuteRuleArn"), []).append(arn)
        if told.unread is not None:
            yield _stand_in(account, region, every.unread or told.unread, arn)
    listed = {
        text_of(entry, "AlarmMuteRuleArn"): entry
        for call in sight.asked.calls(MUTES, account, region)
        for entry in entries(call, "AlarmMuteRuleSummaries")
    }
    for rule, entry in sorted(listed.items()):
        facts = {"ListAlarmMuteRules:AlarmMuteRuleSummaries[]": entry}
        told_of = {"alarms": muted.get(rule, [])}
        yield thing("alarm_mute_rule", rule, facts, seen_by=account, region=region, told=told_of)


def _stand_in(account: str, region: str, unread: Unknown, alarm: str) -> Thing:
    return stand_in("alarm_mute_rule", account, region, unread, alarm, {"alarms": [alarm]})
