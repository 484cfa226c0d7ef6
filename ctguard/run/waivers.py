"""Put waivers to findings: a failure that somebody accepted stays a failure, and bears who accepted it until when.

A waiver names one rule and what it is accepted on; it touches nothing else, and nothing that is not a failure.
Waivers are judged themselves, by the rules on waivers: of those whose resource a run looked at it says whether
they have expired and whether they are still needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from ctguard.engine.findings import Judged, judge_inventory
from ctguard.engine.rule import Rule
from ctguard.model.finding import Waiver
from ctguard.model.inventory import Inventory
from ctguard.model.kinds.waiver import WAIVER
from ctguard.model.location import OnePlace
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Value
from ctguard.run.config import WaiverEntry


class Waivers(Struct, frozen=True):
    """The waivers of a run. `whole` says that everything the configuration speaks of is part of the run."""

    entries: Sequence[WaiverEntry] = ()
    whole: bool = False


def with_waivers(judged: Sequence[Judged], waivers: Waivers, rules: Mapping[str, Rule], today: date) -> list[Judged]:
    """Return what was judged with the waivers that hold `today`, and after it what the rules on waivers say.

    `rules` are those that were put to the inventory, by id and alias. Of several waivers for one failure the
    one that holds longest is shown.
    """
    by_rule: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_rule[one.rule.id].append(one)
    named = [
        (entry, [one for one in _of_rule(entry, rules, by_rule) if names(entry, one)]) for entry in waivers.entries
    ]
    accepted: dict[int, WaiverEntry] = {}
    for entry, ones in sorted(named, key=lambda pair: pair[0].expires):
        if entry.expires >= today:
            accepted |= {id(one): entry for one in ones if one.finding.status is Status.FAIL}
    of_waivers = {rule.id: rule for rule in rules.values() if rule.resource == WAIVER.name}
    resources = [_resource(entry, ones, today, _whole(entry, waivers, rules)) for entry, ones in named]
    return [
        *(_waived(one, accepted[id(one)]) if id(one) in accepted else one for one in judged),
        *judge_inventory(of_waivers.values(), Inventory(resources)),
    ]


def _of_rule(
    entry: WaiverEntry, rules: Mapping[str, Rule], by_rule: Mapping[str, Sequence[Judged]]
) -> Sequence[Judged]:
    rule = rules.get(entry.rule)
    return by_rule.get(rule.id, ()) if rule else ()


def names(entry: WaiverEntry, one: Judged) -> bool:
    """Say whether a waiver names the resource of what was judged: by its address, that of a part, or its ARN."""
    subject = one.finding.resource
    addresses = (subject.address, *subject.members)
    if entry.addresses is not None:
        return any((one.resource.unit, address) in entry.addresses for address in addresses)
    known = (*addresses, subject.arn) if subject.arn else addresses
    # An index in brackets is part of an address, and no choice of characters.
    pattern = entry.resource.replace("[", "[[]")
    return any(text == entry.resource or fnmatchcase(text, pattern) for text in known)


def _waived(one: Judged, entry: WaiverEntry) -> Judged:
    waiver = Waiver(entry.owner, entry.reason, entry.expires.isoformat())
    return replace(one, finding=replace(one.finding, waiver=waiver))


def _whole(entry: WaiverEntry, waivers: Waivers, rules: Mapping[str, Rule]) -> bool:
    """Say whether the run must have met what a waiver names, if it is still there."""
    if entry.rule not in rules:
        return False
    return entry.addresses is not None or (waivers.whole and not entry.resource.startswith("arn:"))


def _resource(entry: WaiverEntry, ones: Sequence[Judged], today: date, whole: bool) -> Resource:
    """Return a waiver as a resource that can be judged."""
    statuses = {one.finding.status for one in ones}
    attributes: dict[str, Value] = {
        "name": f"{entry.rule} on {entry.resource}",
        "rule": entry.rule,
        "resource": entry.resource,
        "owner": entry.owner,
        "reason": entry.reason,
        "expires": entry.expires.isoformat(),
        "expired": entry.expires < today,
        "looked_at": bool(statuses - {Status.UNKNOWN}) or (whole and not statuses),
        "needed": Status.FAIL in statuses or Status.UNKNOWN in statuses,
    }
    return Resource(
        kind=WAIVER,
        address=str(entry.location),
        unit=entry.location.path,
        input="live",
        attributes=attributes,
        places=OnePlace(entry.location),
    )


def by_name(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return rules by id and by each alias."""
    return {name: rule for rule in rules for name in (rule.id, *rule.aliases)}
