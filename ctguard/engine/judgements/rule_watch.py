"""Watch by EventBridge rules: which demanded events they see, region by region, and of which somebody is told.

A rule sees the events of its own region only, so it takes one wherever the events
occur (EventBridge User Guide, "AWS service events delivered via AWS CloudTrail").
What a pattern matches is decided by `ctguard.filter_pattern`, over all events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.coverage.trails import GLOBAL_REGIONS
from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.chain import Answer, Chain, Step, account_of, neighbours, once, step
from ctguard.engine.judgements.regions import OTHER_PARTITIONS, region_of
from ctguard.engine.judgements.rule_target import targets_of
from ctguard.engine.judgements.trail_reach import some_event
from ctguard.engine.outcome import Break, Context
from ctguard.filter_pattern.controls import Control
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Document, Unknown, Value, first_unknown

if TYPE_CHECKING:
    from ctguard.filter_pattern import Coverage, EventRule
    from ctguard.filter_pattern.event_pattern import EventPattern

PATTERN: Final = "event_pattern"
EVERY_ACCOUNT_HAS: Final = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "ap-south-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2"),
)
"""Regions of the commercial partition that cannot be switched off (Account Management Reference Guide, "Enable or
disable AWS Regions")."""


class RuleWatch(Struct, frozen=True):
    """An EventBridge rule, as it reads events, and the chain from it to somebody who is told."""

    rule: Resource
    reads: EventRule
    parsed: EventPattern | None
    chain: Chain = Chain()


def seen_by_rules(context: Context, trail: Resource, control: Control) -> Answer | None:
    """Return whether EventBridge rules see what `control` demands; None when no rule is about it."""
    home = trail["home_region"]
    key = ("seen by rules", *account_of(trail), home if isinstance(home, str) else None, control)
    answer = once(context, key, lambda: _seen(context, trail, control))
    return None if answer is None else while_logging(trail, answer)


def _seen(context: Context, trail: Resource, control: Control) -> Answer | None:
    by_region: dict[str | None, list[RuleWatch]] = defaultdict(list)
    for one in about(context, trail, control):
        by_region[_region(one.rule)].append(one)
    regional = {region: seen_here(control, several) for region, several in by_region.items()}
    regions = [one for one in (trail["home_region"], *regional) if isinstance(one, str)]
    abroad = any(one.startswith(OTHER_PARTITIONS) for one in regions)
    wanted = _wanted(context, trail, control, abroad=abroad)
    return _everywhere(control, regional, wanted, () if abroad else EVERY_ACCOUNT_HAS) if regional else None


def about(context: Context, trail: Resource, control: Control) -> list[RuleWatch]:
    """Return the rules of the trail's account that see some event which `control` demands, or would if enabled."""
    key = ("event rules", *account_of(trail))
    rules = neighbours(context, "event_rule", trail)
    every = once(context, key, lambda: [_read(rule) for rule in rules if _may_concern(rule)])
    near = [one for one in every if _is_about(one, control)]
    return [replace(one, chain=_chain(context, one.rule)) for one in near]


def _may_concern(rule: Resource) -> bool:
    """Say whether the rule may be about events of CloudTrail: not on a schedule, not on other kinds of events."""
    kinds = _plain_texts(rule[PATTERN], "detail-type")
    return rule[PATTERN] is not None and (kinds is None or any(one.endswith("via CloudTrail") for one in kinds))


def _plain_texts(pattern: Value, field: str) -> Sequence[str] | None:
    """Return the values that a pattern lists for a field of the envelope, None where they are not all plain texts."""
    value = pattern.value if isinstance(pattern, Document) else None
    listed = value.get(field) if isinstance(value, dict) else None
    return listed if isinstance(listed, list) and all(isinstance(one, str) for one in listed) else None


def _read(rule: Resource) -> RuleWatch:
    from ctguard.filter_pattern import EventPatternError, EventRule, parse_event_pattern

    pattern, bus, parsed = rule[PATTERN], rule["event_bus_name"], None
    if isinstance(pattern, Document) and isinstance(pattern.value, dict) and first_unknown(pattern.value) is None:
        try:
            parsed = parse_event_pattern(pattern.value)
        except EventPatternError as error:
            pattern = Unknown(f"{rule.address}.{PATTERN}", f"cannot be read: {error}", is_set=True)
    if isinstance(bus, str) and bus.endswith(":event-bus/default"):
        bus = "default"
    state, account = rule["state"], rule.account_id
    reads = EventRule(
        pattern,
        state if isinstance(state, str) else _unknown(state),
        bus if isinstance(bus, str) else _unknown(bus),
        account if isinstance(account, str) else None,
        _region(rule),
    )
    return RuleWatch(rule, reads, parsed)


def _unknown(value: Value) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown("a value", "is not known")


def _region(rule: Resource) -> str | None:
    region = region_of(rule)
    return region if isinstance(region, str) else None


def _chain(context: Context, rule: Resource) -> Chain:
    if not rule.is_judged:  # it stands for rules that nobody could list
        return Chain((step(rule.address, "an event rule", "perhaps", Status.UNKNOWN, rule.exists),))
    status, unknown = stands(rule["state"], "is_not", "DISABLED")
    path, where = f"{rule.address}.state", rule.where("state")
    steps = [step(path, "enabled", shown(rule["state"]), status, unknown, where=where, ends_at=Break(rule, "state"))]
    if rule.exists is not None:
        steps.append(step(rule.address, "an event rule", "perhaps", Status.UNKNOWN, rule.exists, where=rule.location))
    return Chain(tuple(one for one in steps if one.status is not Status.PASS)) + targets_of(context, rule)


def _is_about(one: RuleWatch, control: Control) -> bool:
    """Say whether the rule, were it enabled, sees one of the demanded events, or may."""
    from ctguard.filter_pattern import match_event

    sources = _plain_texts(one.reads.pattern, "source")
    if control.source and sources is not None and f"aws.{control.source.split('.')[0]}" not in sources:
        return False
    if one.parsed is None:
        return True
    events = samples(control, one.reads.account, one.reads.region)
    return any(match_event(one.parsed, event) is not False for event in events)


@cache
def samples(control: Control, account: str | None, region: str | None) -> tuple[dict[str, Any], ...]:
    """Return an event for each name that the control demands, as EventBridge delivers it."""
    from ctguard.filter_pattern import EventRule, rule_coverage

    return rule_coverage(control, [EventRule({"source": ["none"]}, "DISABLED", "default", account, region)]).missed


def seen_here(control: Control, several: Sequence[RuleWatch]) -> Answer:
    """Return whether rules of one region see what `control` demands of it, and somebody is told."""
    sure = [one for one in several if one.chain.status is Status.PASS]
    if sure and (found := _covered(control, sure)).verdict == "covers":
        return _answer(control, sure, found, Status.PASS)
    maybe = [one for one in several if one.chain.status is not Status.FAIL]
    found = _covered(control, maybe)
    if found.verdict != "misses":
        return _answer(control, maybe, found, Status.UNKNOWN)
    whole = found if len(maybe) == len(several) else _covered(control, several)
    return _answer(control, several, whole, Status.FAIL, found.missed[0])


def _covered(control: Control, several: Iterable[RuleWatch]) -> Coverage:
    from ctguard.filter_pattern import rule_coverage

    return rule_coverage(control, [one.reads for one in several])


def _answer(
    control: Control,
    several: Sequence[RuleWatch],
    found: Coverage,
    status: Status,
    missed: Mapping[str, Any] | None = None,
) -> Answer:
    blind = found.verdict == "misses"
    patterns = [_pattern_step(control, one, found, blind=blind) for one in several if one.rule.is_judged]
    chains = [] if blind else [part for one in several for part in one.chain.steps]
    event = found.missed[0] if blind else missed
    return Answer(status, (*patterns, *chains), dict(event["detail"]) if event else None)


def _pattern_step(control: Control, one: RuleWatch, found: Coverage, *, blind: bool) -> Step:
    status, unknown, because = Status.FAIL if blind else Status.PASS, None, ""
    if found.verdict is None:
        status = Status.UNKNOWN
        unknown = one.reads.pattern if isinstance(one.reads.pattern, Unknown) else None
        unknown = unknown or Unknown(f"{one.rule.address}.{PATTERN}", found.undecided[0])
    if blind and control.reads_too and one.rule["state"] == "ENABLED":
        because = "a rule that is only ENABLED gets no read-only management events"
    return step(
        f"{one.rule.address}.{PATTERN}",
        f"a pattern that sees {control.title}",
        "it does" if status is Status.PASS else "not known" if status is Status.UNKNOWN else "not every such event",
        status,
        unknown,
        where=one.rule.where(PATTERN),
        because=because,
    )


def _wanted(context: Context, trail: Resource, control: Control, *, abroad: bool) -> Sequence[str] | None:
    """Return the regions in which the demanded events occur, None where nobody can say all of them."""
    if control.one_region:
        return None if abroad else (GLOBAL_REGIONS["aws"],)
    for account in neighbours(context, "account", trail):
        regions = account["enabled_regions"]
        if isinstance(regions, list | tuple) and regions and all(isinstance(one, str) for one in regions):
            return list(regions)
    return None


def _everywhere(
    control: Control, regional: Mapping[str | None, Answer], wanted: Sequence[str] | None, certain: Sequence[str]
) -> Answer:
    """Join what is seen in each region to what is seen wherever the events occur.

    That is in the `wanted` regions; where those are not known, in the `certain` ones at least.
    """
    seeing = {region for region, answer in regional.items() if answer.status is Status.PASS}
    perhaps = {region for region, answer in regional.items() if answer.status is Status.UNKNOWN}
    steps = tuple(part for answer in regional.values() for part in answer.steps)
    if not seeing and not perhaps:
        failed = next(iter(regional.values()))
        return Answer(Status.FAIL, steps, failed.witness)
    needed = wanted if wanted is not None else certain
    unseen = [region for region in needed if region not in seeing]
    if not unseen and wanted is not None:
        shown_ = tuple(part for region in needed for part in regional[region].steps)
        return Answer(Status.PASS, shown_)
    open_ = None in seeing | perhaps or all(region in perhaps for region in unseen)
    blind = next((region for region in unseen if region not in perhaps), "")
    path, expected = "region of the event rules", "a rule in every region where such events occur"
    actual = ", ".join(sorted(one for one in seeing | perhaps if one is not None)) or "not known"
    if open_:
        unknown = Unknown(
            "AWS regions of the account's event rules",
            "are not all part of the input",
            "audit the account, or watch the trail's log group by metric filters",
        )
        return Answer(Status.UNKNOWN, (*steps, step(path, expected, actual, Status.UNKNOWN, unknown)))
    # What may be seen elsewhere settles nothing.
    settled = tuple(
        part for answer in regional.values() if answer.status is not Status.UNKNOWN for part in answer.steps
    )
    certainly = ", ".join(sorted(one for one in seeing if one is not None)) or "none for certain"
    missing = step(path, expected, certainly, Status.FAIL, because=f"an event in {blind} goes unseen")
    return Answer(Status.FAIL, (*settled, missing), some_event(control, awsRegion=blind))


def while_logging(trail: Resource, answer: Answer) -> Answer:
    """Without a trail that logs, EventBridge gets no events from CloudTrail."""
    status, unknown = stands(trail["is_logging"], "is", True)
    if status is Status.PASS or answer.status is Status.FAIL:
        return answer
    path, where, ends_at = f"{trail.address}.is_logging", trail.where("is_logging"), Break(trail, "is_logging")
    off = step(path, "true", shown(trail["is_logging"]), status, unknown, where=where, ends_at=ends_at)
    return Answer(status, (off, *answer.steps))
