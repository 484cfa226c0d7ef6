"""What the HTML report shows, in the order in which it shows it, with an anchor for each thing.

No HTML here: templates only walk through what this module made.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ctguard.model.finding import Control, Finding, Remediation, Run, TrailVerdict
from ctguard.model.logic import Status
from ctguard.render.controls import by_control, control_order, counted
from ctguard.render.headline import headline
from ctguard.render.outline import CLAIMS, SHOWN_BY, deciding, missing_values, outline, part_of, resolved
from ctguard.render.witness import witness_of

DECIDING_SHOWN: Final = 3
TOOLS: Final = (("terraform", "Terraform"), ("cloudformation", "CloudFormation"), ("cli", "AWS CLI"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding on the page; `first` is False where it was told before, under the same anchor.

    `nested_witness` says that the witness has parts that its one line cannot show well.
    """

    finding: Finding
    anchor: str
    part: str
    first: bool = True
    witness: tuple[str, str] | None = None
    nested_witness: bool = False
    consequences: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The findings of one rule on one type in one part of the page; what it asks and how to fix it stand there once."""

    rule_id: str
    title: str
    severity: str
    type: str
    remediation: Remediation
    controls: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    anchor: str
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def snippets(self) -> list[tuple[str, str]]:
        found = ((name, getattr(self.remediation, tool)) for tool, name in TOOLS)
        return [(name, words) for name, words in found if words.strip()]


@dataclass(frozen=True, slots=True)
class Missing:
    """A missing value with the findings that lack it."""

    what: str
    cure: str
    size: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class DimensionView:
    name: str
    claim: str
    status: str
    shown_by: str
    deciding: tuple[tuple[str, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class TrailView:
    trail: TrailVerdict
    anchor: str
    dimensions: tuple[DimensionView, ...]


@dataclass(frozen=True, slots=True)
class ControlRow:
    """What the run says of one control: the worst of its findings, and the rules that made it so."""

    control: str
    anchor: str
    status: str
    counts: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Accounts by regions: in each cell how many findings fail, are unknown and pass."""

    regions: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int, int, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    headline: str
    verdict: str
    trails: tuple[TrailView, ...]
    bar: tuple[tuple[str, int, float, float], ...]
    matrix: Matrix | None
    causes: tuple[RuleGroup, ...]
    cause_count: int
    missing: tuple[Missing, ...]
    accepted: tuple[RuleGroup, ...]
    passed: tuple[RuleGroup, ...]
    not_applicable: tuple[RuleGroup, ...]
    frameworks: tuple[tuple[str, str, tuple[ControlRow, ...]], ...]
    types: tuple[str, ...]
    accounts: tuple[str, ...]
    anchors: Mapping[str, tuple[str, str]]
    """Rule and anchor of each finding by its fingerprint."""


def view_of(run: Run) -> View:
    """Return the page that shows `run`."""
    whole = outline(run)
    anchors = _Anchors()
    entries = anchors.entries
    causes = [
        _entry(cause.finding, anchors, tuple(_entry(one, anchors) for one in cause.consequences))
        for cause in whole.causes
    ]
    missing = tuple(
        Missing(group.what, group.cure, resolved(group, findings), tuple(_entry(one, anchors) for one in findings))
        for group, findings in missing_values(run, whole.unknown)
    )
    accepted, passed, not_applicable = (
        [_entry(one, anchors) for one in findings]
        for findings in ((*whole.baseline, *whole.waived), whole.passed, whole.not_applicable)
    )
    return View(
        headline=headline(run),
        verdict=_joined_verdict(run),
        trails=tuple(_trail(number, trail, run, anchors) for number, trail in enumerate(run.trails, 1)),
        bar=_bar(run),
        matrix=_matrix(run.findings),
        causes=_grouped(causes, anchors),
        cause_count=len(causes),
        missing=missing,
        accepted=_grouped(accepted, anchors),
        passed=_grouped(passed, anchors),
        not_applicable=_grouped(not_applicable, anchors),
        frameworks=_frameworks(run.findings, entries),
        types=tuple(sorted({finding.resource.type for finding in run.findings})),
        accounts=tuple(sorted({one.resource.account_id for one in run.findings if one.resource.account_id})),
        anchors={one.fingerprint: (one.rule_id, entries[id(one)].anchor) for one in reversed(run.findings)},
    )


class _Anchors:
    """Gives each finding and rule an anchor of its own, the same for the same run."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self._taken: Counter[str] = Counter()

    def new(self, wanted: str) -> str:
        name = slug(wanted)
        self._taken[name] += 1
        return name if self._taken[name] == 1 else self.new(f"{name}-{self._taken[name]}")


def slug(text: str) -> str:
    """Return `text` as an anchor: letters, digits, dots and hyphens."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-") or "x"


def _joined_verdict(run: Run) -> str:
    verdicts = {trail.verdict for trail in run.trails}
    return next((one for one in ("not_trusted", "undetermined", "trusted") if one in verdicts), "undetermined")


def _entry(finding: Finding, anchors: _Anchors, consequences: tuple[Entry, ...] = ()) -> Entry:
    told = anchors.entries.get(id(finding))
    if told is not None:
        return Entry(finding, told.anchor, told.part, first=False)
    entry = Entry(
        finding,
        anchors.new(f"f-{finding.fingerprint}"),
        part_of(finding),
        witness=witness_of(finding),
        nested_witness=any(isinstance(one, Mapping | list) for one in (finding.witness or {}).values()),
        consequences=consequences,
    )
    anchors.entries[id(finding)] = entry
    return entry


def _grouped(entries: Iterable[Entry], anchors: _Anchors) -> tuple[RuleGroup, ...]:
    groups: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        one = entry.finding
        groups[one.rule_id, one.severity, one.title, one.resource.type, one.remediation, one.controls].append(entry)
    return tuple(_group(members, anchors) for members in groups.values())


def _group(members: Sequence[Entry], anchors: _Anchors) -> RuleGroup:
    one = members[0].finding
    by_framework: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for control in sorted(set(one.controls), key=control_order):
        by_framework[control.framework].append((control.control, control_anchor(control)))
    controls = tuple((framework, tuple(numbers)) for framework, numbers in by_framework.items())
    anchor = anchors.new(f"rule-{one.rule_id}")
    return RuleGroup(
        one.rule_id, one.title, one.severity, one.resource.type, one.remediation, controls, anchor, tuple(members)
    )


def _trail(number: int, trail: TrailVerdict, run: Run, anchors: _Anchors) -> TrailView:
    dimensions = []
    for name, dimension in trail.dimensions.items():
        found = deciding(dimension, run) if dimension.status in ("fail", "unknown") else ()
        links = tuple((one.rule_id, anchors.entries[id(one)].anchor) for one in found[:DECIDING_SHOWN])
        more = len(found) - len(links)
        dimensions.append(DimensionView(name, CLAIMS[name], dimension.status, SHOWN_BY[name], links, more))
    return TrailView(trail, f"trail-{number}", tuple(dimensions))


def _bar(run: Run) -> tuple[tuple[str, int, float, float], ...]:
    """Return status, count, beginning and width in percent of each part of the bar."""
    names = ("fail", "unknown", "waived", "pass", "not_applicable")
    whole = sum(run.summary[name] for name in names) or 1
    parts, at = [], 0.0
    for name in names:
        width = 100 * run.summary[name] / whole
        parts.append((name, run.summary[name], round(at, 2), round(width, 2)))
        at += width
    return tuple(parts)


def _matrix(findings: Iterable[Finding]) -> Matrix | None:
    """Return the matrix where there is more than one cell to show."""
    cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for finding in findings:
        if finding.resource.account_id:
            cells[finding.resource.account_id, finding.resource.region or "global"][part_of(finding)] += 1
    if len(cells) < 2:
        return None
    accounts = sorted({account for account, _ in cells})
    regions = sorted({region for _, region in cells}, key=lambda region: (region != "global", region))
    counted = {
        cell: (counts["open"] + counts["baseline"], counts["unknown"], counts["pass"]) for cell, counts in cells.items()
    }
    rows = ((one, tuple(counted.get((one, region), (0, 0, 0)) for region in regions)) for one in accounts)
    return Matrix(tuple(regions), tuple(rows))


def control_anchor(control: Control) -> str:
    """Return the anchor of a control, the same in every report."""
    return slug(f"control-{control.framework}-{control.control}")


def _frameworks(
    findings: Iterable[Finding], entries: dict[int, Entry]
) -> tuple[tuple[str, str, tuple[ControlRow, ...]], ...]:
    rows: dict[str, list[ControlRow]] = defaultdict(list)
    for control, several in by_control(findings).items():
        rows[control.framework].append(_control_row(control, several, entries))
    return tuple((name, slug(f"framework-{name}"), tuple(one)) for name, one in rows.items())


def _control_row(control: Control, findings: Sequence[Finding], entries: dict[int, Entry]) -> ControlRow:
    counts = counted(findings)
    telling = (one for one in findings if one.status in (Status.FAIL, Status.UNKNOWN))
    rules: dict[str, str] = {}
    for finding in telling:
        rules.setdefault(finding.rule_id, entries[id(finding)].anchor)
    return ControlRow(control.control, control_anchor(control), counts[0][0], counts, tuple(rules.items()))
