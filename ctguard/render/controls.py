"""What a run says of each control of each framework: the worst of the findings that bear on it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ctguard.model.finding import Control, Finding, Run
from ctguard.render.outline import part_of

WORST_FIRST: Final = ("open", "unknown", "baseline", "waived", "pass", "not_applicable")


def control_order(control: Control) -> tuple[str, list[tuple[int, int, str]]]:
    """Sort 3.2 before 3.10, and AU-2 before AU-10."""
    pieces = re.findall(r"\d+|[^\d]+", control.control)
    return control.framework, [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in pieces]


def by_control(findings: Iterable[Finding]) -> Mapping[Control, Sequence[Finding]]:
    """Return the findings of each control, in the order of the controls."""
    found: dict[Control, list[Finding]] = defaultdict(list)
    for finding in findings:
        for control in set(finding.controls):
            found[control].append(finding)
    return {control: found[control] for control in sorted(found, key=control_order)}


def not_asked(run: Run) -> Mapping[Control, Sequence[str]]:
    """Return by control the rules that bear on it and were kept from being asked: it cannot be said to hold."""
    found: dict[Control, list[str]] = defaultdict(list)
    for one in run.run.left_out:
        for control in set(one.controls):
            found[control].append(one.rule_id)
    return found


def worst_of(counts: Sequence[tuple[str, int]], left_out: Sequence[str]) -> str:
    """Return the part that decides about a control; with a rule left out it is open at best."""
    worst = counts[0][0]
    return "unknown" if left_out and WORST_FIRST.index(worst) > WORST_FIRST.index("baseline") else worst


def counted(findings: Iterable[Finding]) -> tuple[tuple[str, int], ...]:
    """Return how many findings there are of each part of a report, the worst first."""
    counts = Counter(part_of(finding) for finding in findings)
    return tuple((part, counts[part]) for part in WORST_FIRST if counts[part])
