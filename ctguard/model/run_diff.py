"""What changed between two runs, finding by finding.

A failure is called fixed only where the newer run looked at the same thing and found that it holds. What it did
not look at is no longer judged, which is something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Final, Literal

from msgspec import Struct

from ctguard.model.errors import Fault
from ctguard.model.finding import SEVERITIES, Finding, Run, Subject, Verdict
from ctguard.model.logic import Status

Kind = Literal["new", "fixed", "changed", "newly_waived", "no_longer_waived", "no_longer_judged", "newly_judged"]
KINDS: Final[tuple[Kind, ...]] = (
    "new", "no_longer_waived", "changed", "newly_waived", "no_longer_judged", "fixed", "newly_judged"
)  # fmt: skip
"""In the order in which a reader wants them."""

NOT_LOOKED_AT: Final = "the run did not look at this resource"
NOT_ASKED: Final = "the run did not put this rule to the resource"


class Change(Struct, frozen=True):
    """One finding that is not the same in both runs; None where a run has none. `because` says why it has none."""

    kind: Kind
    old: Finding | None
    new: Finding | None
    because: str = ""

    @property
    def finding(self) -> Finding:
        """The newer of the two."""
        found = self.new or self.old
        assert found is not None
        return found


class TrailChange(Struct, frozen=True):
    """A trail whose verdict is another one, or that only one of the runs saw."""

    resource: Subject
    old: Verdict | None
    new: Verdict | None


class RunDiff(Struct, frozen=True):
    """What changed from `old` to `new`; errors are those that only one of the two met."""

    old: Run
    new: Run
    trails: tuple[TrailChange, ...]
    changes: tuple[Change, ...]
    errors: tuple[Fault, ...]
    errors_gone: tuple[Fault, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many changes there are of each kind."""
        counts: dict[str, int] = dict.fromkeys(KINDS, 0)
        for change in self.changes:
            counts[change.kind] += 1
        return counts

    @property
    def is_worse(self) -> bool:
        """Whether something fails, not waived and not in the baseline, that did not."""
        return any(_is_open(change.new) and not _is_open(change.old) for change in self.changes)


def diff_runs(old: Run, new: Run) -> RunDiff:
    """Return what changed from `old` to `new`."""
    before, after = _by_key(old), _by_key(new)
    changes = [
        change
        for key in dict.fromkeys((*after, *before))
        if (change := _change(before.get(key), after.get(key), old, new)) is not None
    ]
    return RunDiff(
        old,
        new,
        tuple(_trails(old, new)),
        tuple(sorted(changes, key=_order)),
        tuple(sorted(set(new.errors) - set(old.errors))),
        tuple(sorted(set(old.errors) - set(new.errors))),
    )


def differences(diff: RunDiff) -> list[str]:
    """Return in what else than their findings the runs differ, where that bears on what changed."""
    old, new = diff.old, diff.new
    told = []
    if old.tool.version != new.tool.version:
        told.append(f"made by version {old.tool.version} and by version {new.tool.version}")
    if old.run.rules_digest != new.run.rules_digest:
        told.append("the rules or their parameters differ: a finding may have changed because of them")
    if old.run.inputs != new.run.inputs:
        told.append("the inputs differ: what only one of the runs looked at is not compared")
    return told


def _by_key(run: Run) -> dict[tuple[str, int], Finding]:
    """Return findings by fingerprint; those that share one are numbered."""
    numbers: dict[str, count[int]] = {}
    return {(one.fingerprint, next(numbers.setdefault(one.fingerprint, count()))): one for one in run.findings}


def _change(old: Finding | None, new: Finding | None, before: Run, after: Run) -> Change | None:
    if new is None:
        assert old is not None
        return Change("no_longer_judged", old, None, _missing(old, after))
    if old is None:
        kind: Kind = "new" if new.status is Status.FAIL else "newly_judged"
        return Change(kind, None, new, _missing(new, before))
    changed = _kind(old, new)
    return None if changed is None else Change(changed, old, new)


def _kind(old: Finding, new: Finding) -> Kind | None:
    failed, fails = old.status is Status.FAIL, new.status is Status.FAIL
    if fails and not failed:
        return "new"
    if failed and new.status is Status.PASS:
        return "fixed"
    if fails and bool(old.waiver) != bool(new.waiver):
        return "newly_waived" if new.waiver else "no_longer_waived"
    differs = old.status is not new.status or (fails and old.severity != new.severity)
    return "changed" if differs else None


def _missing(finding: Finding, run: Run) -> str:
    """Return why a run has no such finding."""
    subject = finding.resource
    seen = any(_same(subject, one.resource) for one in run.findings)
    return NOT_ASKED if seen else NOT_LOOKED_AT


def _same(one: Subject, other: Subject) -> bool:
    return one.type == other.type and (one.address == other.address or (one.arn is not None and one.arn == other.arn))


def _is_open(finding: Finding | None) -> bool:
    return finding is not None and finding.status is Status.FAIL and not finding.waiver and not finding.baseline


def _trails(old: Run, new: Run) -> Iterator[TrailChange]:
    before, after = _trails_of(old), _trails_of(new)
    for key in sorted(before.keys() | after.keys()):
        subject = (after.get(key) or before[key])[0]
        verdicts = [found[1] if (found := trails.get(key)) else None for trails in (before, after)]
        if verdicts[0] != verdicts[1]:
            yield TrailChange(subject, verdicts[0], verdicts[1])


def _trails_of(run: Run) -> Mapping[tuple[str, int], tuple[Subject, Verdict]]:
    numbers: dict[str, count[int]] = {}
    return {
        (name, next(numbers.setdefault(name, count()))): (trail.resource, trail.verdict)
        for trail in run.trails
        for name in [trail.resource.arn or trail.resource.address]
    }


def _order(change: Change) -> tuple[object, ...]:
    finding = change.finding
    return (
        KINDS.index(change.kind),
        SEVERITIES.index(finding.severity),
        finding.rule_id,
        finding.resource.type,
        finding.resource.address,
        finding.fingerprint,
    )
