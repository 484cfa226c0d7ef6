"""What is told after a run: only what changed since the run before, in a few words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ctguard.model.finding import Run
from ctguard.model.run_diff import Change, RunDiff
from ctguard.model.visible import visible

SCHEMA_VERSION: Final = "1"
SHOWN: Final = 20
"""Changes that a message names; it counts the rest, so that it stays small."""
TOLD: Final = ("new", "no_longer_waived", "fixed", "no_longer_judged")
WORDS: Final = {
    "new": "now failing",
    "no_longer_waived": "no longer waived",
    "fixed": "fixed",
    "no_longer_judged": "no longer judged",
}


def first_message(run: Run, series: str, report: str | None) -> dict[str, Any]:
    """Return what is told of the first run of a series: how things stand."""
    counts = run.summary
    told = f"ctguard: first run of {visible(series)}: {counts['fail']} failing, {counts['unknown']} unknown"
    return _message(run, series, report, [told], {"summary": dict(counts)})


def message_of(diff: RunDiff, series: str, report: str | None) -> dict[str, Any] | None:
    """Return what is told of `diff.new`, or None when nothing is worth it.

    Told is what fails or is fixed, what nobody looks at any more, a trail with another verdict, and an error that
    was not there.
    """
    changes = [change for change in diff.changes if change.kind in TOLD and _mattered(change)]
    if not changes and not diff.trails and not diff.errors:
        return None
    counts = {kind: sum(change.kind == kind for change in changes) for kind in TOLD}
    parts = [f"{number} {WORDS[kind]}" for kind, number in counts.items() if number]
    parts += [f"{len(diff.trails)} trails judged anew"] if diff.trails else []
    parts += [f"{len(diff.errors)} new errors"] if diff.errors else []
    lines = [f"ctguard: {visible(series)}: {', '.join(parts)}"]
    lines += [f"{one.resource.address}: {_verdict(one.old)} -> {_verdict(one.new)}" for one in diff.trails[:SHOWN]]
    lines += [
        f"{WORDS[change.kind]}: {change.finding.severity} {change.finding.rule_id} {change.finding.resource.address}"
        for change in changes[:SHOWN]
    ]
    lines += [f"and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
    details = {
        "counts": counts,
        "trails": [{"address": one.resource.address, "old": one.old, "new": one.new} for one in diff.trails[:SHOWN]],
        "changes": [_told(change) for change in changes[:SHOWN]],
        "errors": [fault.message[:500] for fault in diff.errors[:SHOWN]],
    }
    return _message(diff.new, series, report, lines, details)


def _mattered(change: Change) -> bool:
    """Say whether a change concerns a failure: that a pass is no longer judged can wait for the report."""
    return change.kind != "no_longer_judged" or change.finding.status.value == "fail"


def _verdict(verdict: str | None) -> str:
    return verdict.replace("_", " ") if verdict else "not there"


def _told(change: Change) -> dict[str, Any]:
    finding = change.finding
    return {
        "kind": change.kind,
        "rule_id": finding.rule_id,
        "severity": finding.severity,
        "resource": finding.resource.address,
        "account_id": finding.resource.account_id,
        "fingerprint": finding.fingerprint,
    }


def _message(run: Run, series: str, report: str | None, lines: list[str], details: Mapping[str, Any]) -> dict[str, Any]:
    shown = [visible(line)[:300] for line in lines] + ([report] if report else [])
    return {
        "schema_version": SCHEMA_VERSION,
        "text": "\n".join(shown),
        "series": series,
        "run": run.run.id,
        "started_at": run.run.started_at,
        "report": report,
        **details,
    }
