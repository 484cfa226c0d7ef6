"""The order in which every report tells a run: causes, what follows from them, what is missing, what was accepted.

Reports differ in how they show this, not in what comes first.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from ctguard.model.finding import SEVERITIES, Dimension, Finding, Leaf, Run, UnknownGroup
from ctguard.model.logic import Status

STATUS_WORDS: Final = {
    "pass": "pass",
    "fail": "fail",
    "unknown": "unknown",
    "not_applicable": "not applicable",
    "waived": "waived",
    "errors": "errors",
    "not_judged": "not judged",
}
VERDICT_WORDS: Final = {"trusted": "trusted", "not_trusted": "not trusted", "undetermined": "undetermined"}
CLAIMS: Final = {
    "recorded": "every management event in every region is recorded",
    "delivered": "log files arrive",
    "provable": "a change of log files can be proved",
    "protected": "only CloudTrail writes them, no stranger reads them",
    "retained": "log files are kept long enough",
    "watched": "tampering with the trail is noticed",
}
SHOWN_BY: Final = {
    "recorded": "its rules were not asked",
    "delivered": "code cannot show that logs arrive",
    "provable": "code cannot show it: ctguard logs verify",
    "protected": "its rules were not asked",
    "retained": "its rules were not asked",
    "watched": "its rules were not asked",
}
"""Why a dimension was not judged, and what judges it."""


class Cause(Struct, frozen=True):
    """A finding that follows from no other one, with all that follow from it."""

    finding: Finding
    consequences: tuple[Finding, ...]


class Outline(Struct, frozen=True):
    """The findings of a run, each in exactly one part, in the order of the run."""

    causes: tuple[Cause, ...]
    unknown: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    baseline: tuple[Finding, ...]
    passed: tuple[Finding, ...]
    not_applicable: tuple[Finding, ...]


def outline(run: Run) -> Outline:
    """Return the findings of `run` by what a reader does with them."""
    parts: dict[str, list[Finding]] = defaultdict(list)
    for finding in run.findings:
        parts[part_of(finding)].append(finding)
    failing: dict[str, list[Finding]] = defaultdict(list)
    for finding in parts["open"]:
        failing[finding.fingerprint].append(finding)
    followers: dict[int, list[Finding]] = defaultdict(list)
    roots: list[Finding] = []
    unknown: list[Finding] = []
    for finding in (*parts["open"], *parts["unknown"]):
        root = _root(finding, failing)
        if root is not finding:
            followers[id(root)].append(finding)
        else:
            (roots if finding.status is Status.FAIL else unknown).append(finding)
    return Outline(
        causes=tuple(Cause(root, tuple(followers[id(root)])) for root in roots),
        unknown=tuple(unknown),
        waived=tuple(parts["waived"]),
        baseline=tuple(parts["baseline"]),
        passed=tuple(parts["pass"]),
        not_applicable=tuple(parts["not_applicable"]),
    )


def part_of(finding: Finding) -> str:
    """Return the status of a finding as reports count it: a failure is `open`, `waived` or `baseline`."""
    if finding.status is not Status.FAIL:
        return finding.status.value
    return "waived" if finding.waiver else "baseline" if finding.baseline else "open"


def _root(finding: Finding, failing: Mapping[str, list[Finding]]) -> Finding:
    """Return the finding that a chain of causes begins with; a chain that bites its tail begins here."""
    seen = {finding.fingerprint}
    at = finding
    while at.caused_by is not None and at.caused_by in failing:
        if at.caused_by in seen:
            return finding
        seen.add(at.caused_by)
        at = _nearest(at, failing[at.caused_by])
    return at


def _nearest(finding: Finding, candidates: Sequence[Finding]) -> Finding:
    """Return the candidate in the same file, else in the same folder, else the first.

    Resources that bear no name have one fingerprint in every module that calls them the same.
    """
    if len(candidates) == 1 or finding.location is None:
        return candidates[0]
    path = finding.location.path
    for same in (str, posixpath.dirname):
        for one in candidates:
            if one.location and same(one.location.path) == same(path):
                return one
    return candidates[0]


def missing_values(run: Run, unknown: Iterable[Finding]) -> list[tuple[UnknownGroup, tuple[Finding, ...]]]:
    """Return each missing value with the findings of `unknown` that lack it; last, those that lack none by name."""
    by_fingerprint: dict[str, list[Finding]] = defaultdict(list)
    for finding in unknown:
        by_fingerprint[finding.fingerprint].append(finding)
    named: set[str] = set()
    groups: list[tuple[UnknownGroup, tuple[Finding, ...]]] = []
    for group in run.unknowns:
        findings = tuple(one for name in group.findings for one in by_fingerprint.get(name, ()))
        named.update(group.findings)
        groups.append((group, findings))
    rest = tuple(one for name, ones in by_fingerprint.items() if name not in named for one in ones)
    if rest:
        groups.append((UnknownGroup("not decided", "", tuple(one.fingerprint for one in rest)), rest))
    return groups


def resolved(group: UnknownGroup, findings: Sequence[Finding]) -> int:
    """Return how many findings a missing value would resolve; those with one fingerprint count each."""
    return max(len(group.findings), len(findings))


def total(name: str, count: int) -> str:
    """Return one count of the summary in words: `1 error`, `4 unknown`."""
    return f"{count} {'error' if name == 'errors' and count == 1 else STATUS_WORDS[name]}"


def by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """Count findings by severity, the worst first, leaving out what there is none of."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return {severity: count for severity, count in counts.items() if count}


def deciding(dimension: Dimension, run: Run) -> tuple[Finding, ...]:
    """Return the findings that decided a dimension, causes before what follows from them."""
    wanted = set(dimension.decided_by)
    found = [finding for finding in run.findings if finding.fingerprint in wanted]
    return tuple(sorted(found, key=lambda finding: finding.caused_by is not None))


def joint(leaf: Leaf, before: Leaf | None) -> str:
    """Return the word that joins a condition to the one told before it: "or " between two of which one is enough."""
    return "or " if before is not None and 0 < before.alternative < leaf.alternative else ""


def snippet_of(finding: Finding) -> tuple[str, str]:
    """Return the tool and its words for the fix, chosen by where the finding was found; empty when there are none."""
    fix = finding.remediation
    if finding.location is None:
        preferred = [("cli", fix.cli)]
    elif finding.location.path.endswith((".tf", ".tf.json", ".hcl")):
        preferred = [("terraform", fix.terraform)]
    elif "." in finding.resource.address:
        preferred = [("terraform", fix.terraform), ("cloudformation", fix.cloudformation)]
    else:
        preferred = [("cloudformation", fix.cloudformation), ("terraform", fix.terraform)]
    return next(((tool, words) for tool, words in preferred if words.strip()), ("", ""))
