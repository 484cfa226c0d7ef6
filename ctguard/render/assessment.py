"""A run as an assessment by control: criterion, population, procedure, evidence, result, exceptions and limits.

A test is what one rule asked of all resources that it judged. A control rests on
tests; what it says is the worst that they say.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from ctguard.model.finding import Control, Finding, Run, UnknownGroup
from ctguard.model.logic import Status
from ctguard.model.run_file import write_line
from ctguard.render.controls import by_control, counted, not_asked, worst_of
from ctguard.render.html_view import control_anchor, slug
from ctguard.render.outline import missing_values, outline, part_of

RESULTS: Final = {
    "open": "not satisfied", "baseline": "not satisfied", "unknown": "not determined", "waived": "exception accepted",
    "pass": "satisfied", "not_applicable": "not tested",
}  # fmt: skip
"""What the worst part among the findings of a control makes of it."""
CONDITIONS: Final = 6


class Judgement(Struct, frozen=True):
    """What a test said of one resource, with the hash of the finding that the run holds of it."""

    finding: Finding
    part: str
    evidence: str


class ControlTest(Struct, frozen=True):
    """One rule, put to all resources that it speaks of."""

    number: str
    anchor: str
    rule_id: str
    criterion: str
    procedure: str
    population: str
    judgements: tuple[Judgement, ...]


class Accepted(Struct, frozen=True):
    """A failure that somebody accepted."""

    finding: Finding
    owner: str
    reason: str
    expires: str


class ControlResult(Struct, frozen=True):
    """What the run says of one control."""

    number: str
    anchor: str
    part: str
    result: str
    tests: tuple[ControlTest, ...]
    population: str
    counts: tuple[tuple[str, int], ...]
    evidence: str
    exceptions: tuple[Accepted, ...]
    not_tested: tuple[str, ...]


class FrameworkResult(Struct, frozen=True):
    """The controls of one framework, and how many there are of each result."""

    name: str
    anchor: str
    controls: tuple[ControlResult, ...]
    totals: tuple[tuple[str, int], ...]


class Assessment(Struct, frozen=True):
    """The whole assessment."""

    frameworks: tuple[FrameworkResult, ...]
    tests: tuple[ControlTest, ...]
    exceptions: tuple[Accepted, ...]
    limits: tuple[tuple[str, str, int], ...]


def assessment_of(run: Run) -> Assessment:
    """Return the assessment that a run amounts to."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in run.findings:
        by_rule[finding.rule_id].append(finding)
    tests = {rule: _test(number, rule, found) for number, (rule, found) in enumerate(sorted(by_rule.items()), 1)}
    results: dict[str, list[ControlResult]] = defaultdict(list)
    left_out = not_asked(run)
    for control, several in by_control(run.findings).items():
        results[control.framework].append(_control(control, several, tests, left_out.get(control, ())))
    frameworks = tuple(_framework(name, controls) for name, controls in results.items())
    limits = tuple((group.what, group.cure, len(group.findings)) for group, _ in _missing(run))
    return Assessment(frameworks, tuple(tests.values()), tuple(_exceptions(run.findings)), limits)


def evidence_of(findings: Iterable[Finding]) -> str:
    """Return the SHA-256 of findings as compact JSON, a line each, in the order of the run."""
    return hashlib.sha256(b"".join(map(write_line, findings))).hexdigest()


def test_anchor(rule_id: str) -> str:
    """Return the anchor of the test that a rule is, the same in every report."""
    return slug(f"test-{rule_id}")


def _missing(run: Run) -> list[tuple[UnknownGroup, tuple[Finding, ...]]]:
    return missing_values(run, outline(run).unknown)


def _test(number: int, rule_id: str, findings: Sequence[Finding]) -> ControlTest:
    judged = tuple(Judgement(one, part_of(one), evidence_of([one])) for one in findings)
    return ControlTest(
        f"T{number}",
        test_anchor(rule_id),
        rule_id,
        findings[0].title,
        _procedure(findings),
        _population(findings),
        judged,
    )


def _procedure(findings: Sequence[Finding]) -> str:
    """Return in words what was inspected, and against what."""
    asked = dict.fromkeys(
        f"{leaf.path} (must be {leaf.expected})" for one in findings for leaf in one.explanation if leaf.expected
    )
    shown = list(asked)[:CONDITIONS]
    more = f" and {len(asked) - len(shown)} more conditions" if len(asked) > len(shown) else ""
    kinds = " and ".join(sorted({one.resource.type.replace("_", " ") for one in findings}))
    return f"The configuration of each {kinds} was inspected: {'; '.join(shown)}{more}."


def _population(findings: Iterable[Finding]) -> str:
    """Return how many resources of each kind were judged."""
    subjects = {(one.resource.type, one.resource.arn or one.resource.address) for one in findings}
    kinds = Counter(kind.replace("_", " ") for kind, _ in subjects)
    return ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(kinds.items()))


def _control(
    control: Control, findings: Sequence[Finding], tests: dict[str, ControlTest], left_out: Sequence[str]
) -> ControlResult:
    counts = counted(findings)
    rules = dict.fromkeys(one.rule_id for one in findings)
    worst = worst_of(counts, left_out)
    return ControlResult(
        control.control,
        control_anchor(control),
        worst,
        RESULTS[worst],
        tuple(tests[rule] for rule in sorted(rules)),
        _population(findings),
        counts,
        evidence_of(findings),
        tuple(_exceptions(findings)),
        (*(f"{rule}: was not asked" for rule in left_out), *_not_tested(findings)),
    )


def _not_tested(findings: Iterable[Finding]) -> Iterable[str]:
    """Yield what bears on a control and could not be decided, or was not asked of a resource."""
    for one in findings:
        if one.status is Status.UNKNOWN:
            yield f"{one.rule_id} on {one.resource.address}: cannot be known"
        elif one.status is Status.NOT_APPLICABLE:
            yield f"{one.rule_id} on {one.resource.address}: does not apply"


def _framework(name: str, controls: Sequence[ControlResult]) -> FrameworkResult:
    found = Counter(one.result for one in controls)
    totals = tuple((result, found[result]) for result in dict.fromkeys(RESULTS.values()) if found[result])
    return FrameworkResult(name, slug(f"framework-{name}"), tuple(controls), totals)


def _exceptions(findings: Iterable[Finding]) -> Iterable[Accepted]:
    for one in findings:
        if one.waiver is not None and one.status is Status.FAIL:
            yield Accepted(one, one.waiver.owner, one.waiver.reason, one.waiver.expires)
