"""Judgement on what all trails of an account record together: every region, read and write, every source."""

from __future__ import annotations

from typing import Final

from ctguard.coverage import Answer, TrailScope, read_selectors, regional_coverage, uncovered
from ctguard.engine.judgements.regions import OTHER_PARTITIONS
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, Unknown, Value, unknowns

DECIDING: Final = (
    "event_selectors",
    "advanced_event_selectors",
    "home_region",
    "is_multi_region_trail",
    "include_global_service_events",
    "is_logging",
)
NOT_ASKED: Final = Unknown("the regions of the account", "were not asked for", "grant ec2:DescribeRegions")
SHOWN_AT_MOST: Final = 20


def records_every_region(context: Context) -> Outcome:
    """In each enabled region all management events are recorded by one of the trails that the account sees."""
    account = context.resource
    regions, more = _known_regions(account["enabled_regions"])
    trails, lacking = _trails(context)
    if not regions:
        unknown = more or NOT_ASKED
        return Outcome(Status.UNKNOWN, (_leaf(account, "enabled_regions", Status.UNKNOWN, str(unknown)),), (unknown,))
    scopes = [_scope(trail) for trail in trails]
    # Where events of global services are recorded in other partitions AWS does not say.
    partition = "other" if regions[0].startswith(OTHER_PARTITIONS) else "aws"
    open_cells = list(uncovered(regional_coverage(scopes, regions, partition=partition)))
    missing = [one for one in open_cells if one[3].status is Status.FAIL]
    doubts = [*lacking, *([more] if more else [])]
    if missing and not lacking:
        leaves = [_cell(account, *one) for one in missing[:SHOWN_AT_MOST]]
        region, access, source, answer = missing[0]
        cell = {"awsRegion": region, "access": access, "source": source or "all other sources"}
        return Outcome(Status.FAIL, tuple(leaves), (), {**cell, "event": answer.witness})
    if open_cells or doubts:
        doubts += [one for trail in trails for name in DECIDING for one in unknowns(trail[name])]
        leaves = [_cell(account, *one, status=Status.UNKNOWN) for one in open_cells[:SHOWN_AT_MOST]]
        leaves = leaves or [_leaf(account, "regions and trails", Status.UNKNOWN, str(doubts[0]))]
        doubts = doubts or [Unknown("the selectors of the trails", "cannot be judged")]
        return Outcome(Status.UNKNOWN, tuple(leaves), tuple(dict.fromkeys(doubts)))
    said = f"{len(regions)} regions, by {len(trails)} trails"
    return Outcome(Status.PASS, (Leaf("management events", "all recorded", said, Status.PASS),))


def _known_regions(value: Value) -> tuple[list[str], Unknown | None]:
    """Return the regions that are known, and what hides others."""
    if isinstance(value, Unknown):
        return [], value
    rest = value.rest if isinstance(value, PartialList) else None
    items = value.items if isinstance(value, PartialList) else value or ()
    hidden = next((one for one in items if not isinstance(one, str)), None)
    return [one for one in items if isinstance(one, str)], rest or next(unknowns(hidden), None)


def _trails(context: Context) -> tuple[list[Resource], list[Unknown]]:
    """Return the trails that the account sees, and why there may be more."""
    found = context.inventory.follow(context.resource, "seen_trails")
    several = found if isinstance(found, list) else [] if found is None else [found]
    return (
        [one for one in several if isinstance(one, Resource)],
        [one for one in several if isinstance(one, Unknown)],
    )


def _scope(trail: Resource) -> TrailScope:
    return TrailScope(
        name=trail.address,
        selectors=read_selectors(trail["event_selectors"], trail["advanced_event_selectors"]),
        home_region=trail["home_region"],
        is_multi_region=trail["is_multi_region_trail"],
        includes_global_service_events=trail["include_global_service_events"],
        is_logging=trail["is_logging"] if trail.exists is None else trail.exists,
    )


def _cell(
    account: Resource, region: str, access: str, source: str, answer: Answer, *, status: Status | None = None
) -> Leaf:
    path = f"{region}: {access} events of {source or 'all other sources'}"
    return _leaf(account, path, status or answer.status, answer.reason)


def _leaf(account: Resource, path: str, status: Status, because: str) -> Leaf:
    actual = "not all recorded" if status is Status.FAIL else "not known"
    return Leaf(path, "all recorded", actual, status, because, account.location)


LOOKS_AT: Final = {"records_every_region": frozenset({"enabled_regions"})}
