"""EventBridge rules and their targets, as the replies of EventBridge tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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
    yield from (stand_in("event_rule", *where) for where in sight.unread(RULES))
