"""EventBridge rules and their targets, as the replies of EventBridge tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ctguard.sources.aws.replies import texts
from ctguard.sources.aws.subjects import event_regions, may_concern_trails
from ctguard.sources.snapshot.asked import answer
from ctguard.sources.snapshot.things import Sight, Thing, entries, stand_in, text_of, thing

RULES: Final = "events.ListRules"
TARGETS: Final = "events.ListTargetsByRule"


def event_rules(sight: Sight) -> Iterator[Thing]:
    """Yield each event rule that is listed, and what stands for those of a region whose list nobody could read."""
    for account, region in sight.places():
        calls = sight.asked.calls(RULES, account, region)
        targets = sight.asked.calls(TARGETS, account, region)
        for entry in (entry for call in calls for entry in entries(call, "Rules")):
            name = text_of(entry, "Name")
            asked = [call for call in targets if text_of(call.parameters, "Rule") == name]
            arn = text_of(entry, "Arn")
            facts = {"ListRules:Rules[]": entry, "ListTargetsByRule": answer(asked, TARGETS, arn).fact}
            yield thing("event_rule", arn, facts, seen_by=account, region=region)
    for account, region, unread in sight.unread(RULES):
        if not region or not _needless(sight, account, region):
            yield stand_in("event_rule", account, region, unread)


def _needless(sight: Sight, account: str, region: str) -> bool:
    """Say whether a region was left out for good reason.

    The home regions of trails and that of global services were asked, and no rule there is about CloudTrail's events:
    none elsewhere can make a monitor of all regions.
    """
    asked = sight.asked.calls(RULES, account)
    trails = sight.asked.calls("cloudtrail.DescribeTrails", account)
    homes = [home for call in trails for home in texts(call.reply, "trailList[].HomeRegion")]
    expected = set(event_regions(homes, sight.regions(account)))
    if not asked or region in expected or not expected <= {call.region for call in asked if call.failure is None}:
        return False
    return not any(may_concern_trails(rule) for call in asked for rule in entries(call, "Rules"))
