"""What several trails record together, region by region.

A trail records its home region, a multi-region trail every region; events of
global services are written in one region, and only by trails that include them
(user guide, "Global service events": since November 2021 that is us-east-1).
Whether a trail logs at all is one more condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ctguard.coverage.answers import Answer
from ctguard.coverage.management import (
    ACCESSES,
    GLOBAL_SOURCES,
    SOURCES,
    Access,
    ManagementCoverage,
    joined,
    management_coverage,
)
from ctguard.coverage.selectors import FieldTest, Selector, SelectorSet
from ctguard.model.logic import Status
from ctguard.model.values import Unknown, Value

GLOBAL_REGIONS = {"aws": "us-east-1"}
"""Where events of global services are recorded, for the partitions of which AWS says so."""


class TrailScope(Struct, frozen=True):
    """What decides which events reach a trail; the values may be Unknown."""

    name: str
    selectors: SelectorSet
    home_region: Value
    is_multi_region: Value
    includes_global_service_events: Value = True
    is_logging: Value = True


def regional_coverage(
    trails: Iterable[TrailScope], regions: Sequence[str], *, partition: str = "aws"
) -> Mapping[str, ManagementCoverage]:
    """Return, for each region, which management events at least one of `trails` records."""
    scopes = list(trails)
    return {region: _region(scopes, region, partition) for region in regions}


def uncovered(coverage: Mapping[str, ManagementCoverage]) -> Iterable[tuple[str, Access, str, Answer]]:
    """Yield region, access, source and answer of each cell that is not certainly recorded."""
    for region, cells in coverage.items():
        for (access, source), answer in cells.cells.items():
            if answer.status is not Status.PASS:
                yield region, access, source, answer


def everywhere(coverage: Mapping[str, ManagementCoverage]) -> Answer:
    """Return whether all management events of all regions are recorded."""
    if not coverage:
        return Answer(Status.UNKNOWN, "no region to judge")
    return joined([cells.everything for cells in coverage.values()])


def _region(scopes: Sequence[TrailScope], region: str, partition: str) -> ManagementCoverage:
    present = [
        _weakened(scope.selectors, doubt) if doubt else scope.selectors
        for scope in scopes
        for doubt in [_reaches(scope, region)]
        if doubt is not None
    ]
    covered = _located(management_coverage(*present), region)
    if region != GLOBAL_REGIONS.get(partition):
        return covered
    worldly = [
        _without_globals(group, _certainty(scope.includes_global_service_events, "IncludeGlobalServiceEvents"))
        for scope in scopes
        for doubt in [_reaches(scope, region)]
        if doubt is not None
        for group in [_weakened(scope.selectors, doubt) if doubt else scope.selectors]
    ]
    return _located(management_coverage(*worldly), region)


def _reaches(scope: TrailScope, region: str) -> str | None:
    """Return nothing when events of `region` reach the trail, None when they do not, else the doubt."""
    logging = _certainty(scope.is_logging, "IsLogging")
    home = scope.home_region
    here = "" if home == region else None
    if isinstance(home, Unknown) or not isinstance(home, str):
        here = f"home region of {scope.name}: {home}"
    everywhere_ = _certainty(scope.is_multi_region, "IsMultiRegionTrail")
    reach = "" if here == "" else everywhere_ if everywhere_ is not None else here
    if logging is None or reach is None:
        return None
    return logging or reach


def _certainty(value: Value, what: str) -> str | None:
    """Return nothing for true, None for false, else why it is not known."""
    if value is True:
        return ""
    return None if value is False or value is None else f"{what}: {value}"


def _weakened(group: SelectorSet, doubt: str) -> SelectorSet:
    return SelectorSet(
        tuple(replace(selector, doubt=selector.doubt or doubt) for selector in group.selectors), group.more
    )


def _without_globals(group: SelectorSet, included: str | None) -> SelectorSet:
    """Return what a trail records when it leaves out, or may leave out, the events of global services."""
    if included == "":
        return group
    limited = tuple(
        Selector((*selector.tests, FieldTest("eventSource", not_equals=GLOBAL_SOURCES)), selector.doubt)
        for selector in group.selectors
    )
    if included is None:
        return SelectorSet(limited, group.more)
    return SelectorSet((*limited, *_weakened(group, included).selectors), group.more)


def _located(coverage: ManagementCoverage, region: str) -> ManagementCoverage:
    cells = {
        key: replace(
            answer,
            reason=f"{region}: {answer.reason}",
            witness=None if answer.witness is None else {"awsRegion": region, **answer.witness},
        )
        for key, answer in coverage.cells.items()
    }
    assert set(cells) == {(access, source) for access in ACCESSES for source in SOURCES}
    return ManagementCoverage(cells)
