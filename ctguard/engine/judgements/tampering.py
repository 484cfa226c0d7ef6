"""Judgement on tampering with the trail itself: an EventBridge rule sees it at once, and somebody is told.

A trail can be changed in its home region only, so a rule there is enough (CloudTrail API Reference,
InvalidHomeRegionException).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.chain import Answer, Chain, neighbours, outcome_of, step
from ctguard.engine.judgements.regions import region_of, same_region
from ctguard.engine.judgements.trail_reach import reach, some_event
from ctguard.engine.outcome import Context, Outcome
from ctguard.filter_pattern.controls import Control
from ctguard.model.logic import Status, any_holds
from ctguard.model.resource import Resource

if TYPE_CHECKING:
    from ctguard.engine.judgements.rule_watch import RuleWatch

SERVICE: Final = "cloudtrail.amazonaws.com"


def rules_see_tampering(context: Context, events: Sequence[str]) -> Outcome:
    """Rules in the trail's home region, or a declared monitor, see each of `events`, and somebody is told."""
    trail = context.resource
    control = Control("trail-tampering", 0, "tampering with the trail", SERVICE, tuple(events))
    here = _by_rules(context, control)
    if here.status is Status.PASS or not neighbours(context, "external_monitor", trail):
        return outcome_of(here)
    from ctguard.engine.judgements.external_watch import watched_elsewhere

    elsewhere = watched_elsewhere(context, trail, control, reach(context, trail, control, at_home=True))
    answers = [here] if elsewhere is None else [here, elsewhere]
    status = any_holds(one.status for one in answers)
    steps = tuple(step for one in answers if one.status is status for step in one.steps)
    return outcome_of(Answer(status, steps, here.witness), here)


def _by_rules(context: Context, control: Control) -> Answer:
    """Return whether EventBridge rules see all of it; without any about it they do not."""
    trail = context.resource
    if neighbours(context, "event_rule", trail):
        from ctguard.engine.judgements.rule_watch import about, seen_here, while_logging

        rules = [_here(context, one) for one in about(context, trail, control) if _is_of_use(one.rule, trail)]
        if rules:
            return while_logging(trail, seen_here(control, rules))
    expected = f"an event rule on {', '.join(control.names)}"
    none = step("event rules", expected, "none", Status.FAIL, where=trail.location)
    return Answer(Status.FAIL, (none,), some_event(control))


def _is_of_use(rule: Resource, trail: Resource) -> bool:
    """Leave out what only stands for rules of other regions that nobody listed."""
    return rule.is_judged or same_region(rule, trail)[0] is not Status.FAIL


def _here(context: Context, watch: RuleWatch) -> RuleWatch:
    """Return the rule with one more step: it stands in the trail's home region."""
    trail = context.resource
    status, unknown = same_region(watch.rule, trail)
    if status is Status.PASS:
        return watch
    path, expected = f"{watch.rule.address}.region", f"that of the trail: {shown(region_of(trail))}"
    where = watch.rule.location
    there = step(path, expected, shown(region_of(watch.rule)), status, unknown, where=where)
    return replace(watch, chain=watch.chain + Chain((there,)))


LOOKS_AT: Final = {"rules_see_tampering": frozenset[str]()}
