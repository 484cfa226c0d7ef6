"""From single findings to the answer: what follows from what, what is missing, which trails can be trusted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.engine.findings import Judged, subject_of
from ctguard.engine.outcome import Break
from ctguard.engine.rule import Rule
from ctguard.engine.scope import SERVANTS, attributes_of
from ctguard.engine.surroundings import surroundings_by
from ctguard.model.finding import SEVERITIES, Dimension, Finding, TrailVerdict, UnknownGroup, Verdict
from ctguard.model.inventory import Inventory
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown

WEIGHT: Final = {
    status: rank for rank, status in enumerate((Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE))
}


Failures: TypeAlias = Mapping[tuple[str, int], Judged]
"""What fails, by rule and resource."""


def with_causes(judged: Sequence[Judged], inventory: Inventory) -> list[Judged]:
    """Mark each failure that follows from another one with the fingerprint of that one.

    A finding follows from a failure of a rule that it names, on its resource or
    beside it; where it says at which resource its chain ends, from one there.
    Of several that end in the same place and have no such cause, the gravest
    stands for all: a log group without any filter is one fault, not fifteen.
    """
    failures = {(one.finding.rule_id, id(one.resource)): one for one in judged if one.finding.status is Status.FAIL}
    caused = [_caused(one, failures, inventory) for one in judged]
    heads: dict[Break, Finding] = {}
    for one in sorted(caused, key=_gravest_first):
        if one.breaks and one.finding.status is Status.FAIL and one.finding.caused_by is None:
            heads.setdefault(one.breaks[0], one.finding)
    return [_led_by(heads.get(one.breaks[0]), one) if one.breaks else one for one in caused]


def _caused(one: Judged, failures: Failures, inventory: Inventory) -> Judged:
    if one.finding.status not in (Status.FAIL, Status.UNKNOWN) or not one.rule.follows_from:
        return one
    cause = next(iter(_ending(one, failures) if one.breaks else _beside(one, failures, inventory)), None)
    return one if cause is None else replace(one, finding=replace(one.finding, caused_by=cause.finding.fingerprint))


def _beside(one: Judged, failures: Failures, inventory: Inventory) -> Iterator[Judged]:
    for near in (one.resource, *_neighbours(one.resource, inventory)):
        for rule_id in one.rule.follows_from:
            cause = failures.get((rule_id, id(near)))
            if cause is not None and cause is not one:
                yield cause


def _ending(one: Judged, failures: Failures) -> Iterator[Judged]:
    """Yield failures where the chain ends, of rules that look at the attribute which should have led on."""
    for resource, attribute in one.breaks:
        for rule_id in one.rule.follows_from:
            cause = failures.get((rule_id, id(resource)))
            if cause is not None and cause is not one and attribute in attributes_of(cause.rule.require):
                yield cause


def _gravest_first(one: Judged) -> tuple[object, ...]:
    finding = one.finding
    return (SEVERITIES.index(finding.severity), finding.rule_id, finding.resource.address, finding.fingerprint)


def _led_by(head: Finding | None, one: Judged) -> Judged:
    if head is None or one.finding is head or one.finding.status is not Status.FAIL or one.finding.caused_by:
        return one
    return replace(one, finding=replace(one.finding, caused_by=head.fingerprint))


def _neighbours(resource: Resource, inventory: Inventory) -> Iterator[Resource]:
    for link in resource.kind.links:
        target = inventory.follow(resource, link.name)
        for one in target if isinstance(target, list) else [target]:
            if isinstance(one, Resource):
                yield one


def unknown_groups(judged: Iterable[Judged]) -> tuple[UnknownGroup, ...]:
    """Group the unknown findings by the value that each lacks, most findings first."""
    findings: dict[str, dict[str, None]] = defaultdict(dict)
    cures: dict[str, str] = {}
    for one in judged:
        if one.finding.status is not Status.UNKNOWN:
            continue
        for unknown in one.unknowns:
            what = f"{unknown.what} {unknown.why}"
            findings[what].setdefault(one.finding.fingerprint)
            cures[what] = cures.get(what) or unknown.cure
    groups = [UnknownGroup(what, cures[what], tuple(sorted(found))) for what, found in findings.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.findings), group.what)))


def trail_verdicts(
    judged: Sequence[Judged],
    inventory: Inventory,
    trust: Mapping[str, Mapping[str, Any]],
    rules: Mapping[str, Rule],
    ran: frozenset[str],
) -> tuple[TrailVerdict, ...]:
    """Say of each trail whether it can be trusted, by the must-hold set `trust`, and what stands around it.

    `rules` are all there are, `ran` the ids of those that were put to this
    inventory: what was not asked is not judged, which is not the same as held.
    """
    by_resource: dict[int, list[Finding]] = defaultdict(list)
    for one in judged:
        by_resource[id(one.resource)].append(one.finding)
    verdicts: list[TrailVerdict] = []
    surroundings_of = surroundings_by(judged, inventory)
    for trail in inventory.of_kind("trail"):
        if trail.missing is None and trail.is_judged:
            around = _around(trail, by_resource, inventory)
            asked = _Asked(trail.input, rules, ran, around, _not_in_sight(trail, inventory))
            verdicts.append(replace(_verdict(trail, trust, asked), surroundings=surroundings_of(trail)))
    return tuple(sorted(verdicts, key=lambda verdict: (verdict.resource.address, verdict.resource.arn or "")))


class _Asked(Struct, frozen=True):
    """What was asked about one trail and its surroundings, and what was found."""

    input: str
    rules: Mapping[str, Rule]
    ran: frozenset[str]
    findings: Mapping[str, list[Finding]]
    not_in_sight: frozenset[str]

    def can_judge(self, rule_id: str) -> bool:
        return rule_id in self.rules and self.input in self.rules[rule_id].inputs

    def is_out_of_sight(self, rule_id: str) -> bool:
        return self.rules[rule_id].resource in self.not_in_sight


def _around(
    trail: Resource, by_resource: Mapping[int, list[Finding]], inventory: Inventory
) -> dict[str, list[Finding]]:
    """Return, by rule, the findings on the trail, on what serves it, and on its account."""
    targets = [inventory.follow(trail, link) for link in SERVANTS.values()]
    accounts = [one for one in inventory.of_kind("account") if one.unit == trail.unit]
    # An organization trail may be seen without the account that owns it: then those that see it speak for it.
    accounts = [one for one in accounts if one.account_id == trail.account_id] or accounts
    found: dict[str, list[Finding]] = defaultdict(list)
    for resource in (trail, *(one for one in targets if isinstance(one, Resource)), *accounts):
        for finding in by_resource.get(id(resource), ()):
            found[finding.rule_id].append(finding)
    return found


def _not_in_sight(trail: Resource, inventory: Inventory) -> frozenset[str]:
    """Return the kinds of which the trail uses one, or may use one, that nobody can name."""
    return frozenset(kind for kind, link in SERVANTS.items() if isinstance(inventory.follow(trail, link), Unknown))


def _verdict(trail: Resource, trust: Mapping[str, Mapping[str, Any]], asked: _Asked) -> TrailVerdict:
    dimensions = {name: _dimension(entry, asked) for name, entry in trust.items()}
    statuses = {dimension.status for dimension in dimensions.values()}
    verdict: Verdict = "trusted" if statuses == {"pass"} else "not_trusted" if "fail" in statuses else "undetermined"
    return TrailVerdict(subject_of(trail), verdict, dimensions)


def _dimension(entry: Mapping[str, Any], asked: _Asked) -> Dimension:
    """Join what must hold; what was not asked, or cannot be seen here, leaves the dimension not judged."""
    whole = asked.input in entry["shown_by"]
    held: list[list[Finding]] = []
    open_ = False
    for must in entry["must_hold"]:
        names = [name for name in (must if isinstance(must, list) else [must]) if asked.can_judge(name)]
        if not any(name in asked.ran for name in names):
            whole = whole and not names
            continue
        # One of several is enough; a rule that ran and found nothing to judge asks nothing of this trail.
        found = [_worst(asked.findings[name]) for name in names if asked.findings.get(name)]
        if found:
            held.append(max(found, key=lambda findings: WEIGHT[findings[0].status]))
        elif all(asked.is_out_of_sight(name) for name in names):
            open_ = True
    status = min((findings[0].status for findings in held), key=lambda one: WEIGHT[one], default=Status.NOT_APPLICABLE)
    deciding = tuple(sorted({one.fingerprint for findings in held for one in findings if one.status is status}))
    if status is Status.FAIL:
        return Dimension("fail", deciding)
    if status is Status.UNKNOWN or open_:
        return Dimension("unknown", deciding if status is Status.UNKNOWN else ())
    return Dimension("pass" if whole and held else "not_judged", deciding)


def _worst(findings: list[Finding]) -> list[Finding]:
    """Return the findings of one rule that decide: the worst there are."""
    worst = min(WEIGHT[finding.status] for finding in findings)
    return [finding for finding in findings if WEIGHT[finding.status] == worst]
