"""Alarms of all three sorts, and the rules that mute them, as the replies of CloudWatch tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ctguard.sources.snapshot.asked import answer
from ctguard.sources.snapshot.log_groups import log_regions
from ctguard.sources.snapshot.things import Sight, Thing, entries, stand_in, text_of, thing

ALARMS: Final = "cloudwatch.DescribeAlarms"
MUTES: Final = "cloudwatch.ListAlarmMuteRules"
MUTE: Final = "cloudwatch.GetAlarmMuteRule"
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
    told = sight.listed(MUTES, account, region)
    for entry in entries(told.call, "AlarmMuteRuleSummaries") if told.call else ():
        arn = text_of(entry, "AlarmMuteRuleArn")
        named = {"AlarmMuteRuleName": arn.rpartition(":")[2]}
        facts = {
            "ListAlarmMuteRules:AlarmMuteRuleSummaries[]": entry,
            "GetAlarmMuteRule": answer(sight.asked.calls(MUTE, account, region, named), MUTE, arn).fact,
        }
        yield thing("alarm_mute_rule", arn, facts, seen_by=account, region=region)
    if told.unread is not None:
        yield stand_in("alarm_mute_rule", account, region, told.unread)
