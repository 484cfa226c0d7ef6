"""Judgement on the delivered files themselves: was their digest chain verified, and what came of it?

What is read here is the answer of `ctguard logs verify`, which an audit keeps among its facts where it was asked to
verify. The words for what was found are that command's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.moments import moment, observed_at, written
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.values import PartialList, Unknown, Value, first_unknown

STATUS, START, END, FINDINGS, TAMPERED = (
    f"log_verification.{name}" for name in ("status", "start", "end", "findings", "tamper_events")
)
SHOWN: Final = 10
"""Events that a finding names."""

EXPECTED: Final = "verified, and valid"
OLDEST: Final = timedelta(days=1)
"""How long before the audit the verified time may end: digests come by the hour, and a little late."""


def files_are_proven(context: Context, hours: int) -> Outcome:
    """The digest chain of the last hours was verified and proves every file of that time."""
    trail = context.resource
    said = trail[STATUS]
    if not isinstance(said, str):
        return _open(context, first_unknown(said) or _not_run(context, hours))
    if said == "error":
        why = _first(trail[FINDINGS], "detail") or "what it needed could not be read"
        cure = f"mend that, and run ctguard logs verify --trail-arn {trail.arn} again"
        return _open(
            context, Unknown(f"whether the log files of {trail.address} hold", f"was not decided: {why}", cure)
        )
    if said in ("invalid", "gap"):
        return _broken(context, said)
    return _reach(context, hours) if said == "valid" else _open(context, Unknown(said, "is no verdict on log files"))


def nobody_weakened_it(context: Context) -> Outcome:
    """No call that its proven log files tell of weakened the trail, or what it leans on; refused ones did nothing."""
    trail = context.resource
    events = trail[TAMPERED]
    known = events.items if isinstance(events, PartialList) else events if isinstance(events, list) else []
    found = [
        one
        for one in known
        if isinstance(one, Mapping) and one.get("concerns") == "this trail" and one.get("error_code") is None
    ]
    if found:
        leaves = tuple(
            Leaf(TAMPERED, "nobody", _told(one), Status.FAIL, location=trail.where(TAMPERED)) for one in found[:SHOWN]
        )
        return Outcome(Status.FAIL, leaves, (), _witness(found))
    if (unknown := first_unknown(events)) is not None:
        leaf = Leaf(TAMPERED, "nobody", shown(events), Status.UNKNOWN, str(unknown), trail.where(TAMPERED))
        return Outcome(Status.UNKNOWN, (leaf,), (unknown,))
    return Outcome(Status.PASS, (Leaf(TAMPERED, "nobody", "nobody", Status.PASS, location=trail.where(TAMPERED)),))


def _told(event: Mapping[str, Value]) -> str:
    """Return who called what, when and from where, as far as the record says."""
    parts = [(name, event.get(name)) for name in ("event_name", "actor", "source_ip", "region", "time")]
    words = {"event_name": "", "actor": "by ", "source_ip": "from ", "region": "in ", "time": "at "}
    return " ".join(f"{words[name]}{value}" for name, value in parts if isinstance(value, str))


def _broken(context: Context, said: str) -> Outcome:
    """The chain does not hold; that the trail is younger than the time asked for is no fault of it."""
    trail = context.resource
    findings = trail[FINDINGS]
    kinds = {one.get("kind") for one in findings if isinstance(one, dict)} if isinstance(findings, list) else set()
    if said == "gap" and (first_unknown(findings) or kinds == {"trail_too_young"}):
        young = Unknown(f"{trail.address}", "is too young to prove all of that time", "verify again in a few hours")
        return _open(context, first_unknown(findings) or young)
    because = ": ".join(word for word in (_first(findings, "kind"), _first(findings, "detail")) if word)
    leaf = Leaf(STATUS, EXPECTED, said, Status.FAIL, because, trail.where(STATUS))
    return Outcome(Status.FAIL, (leaf,), (), _witness(findings))


def _reach(context: Context, hours: int) -> Outcome:
    """What was verified is as long as asked for, and not long ago."""
    trail, now = context.resource, observed_at(context)
    start, end = moment(trail[START], START), moment(trail[END], END)
    for one in (now, start, end):
        if not isinstance(one, datetime):
            return _open(context, one or Unknown(f"{trail.address}.log_verification", "does not say of which time"))
    assert isinstance(now, datetime) and isinstance(start, datetime) and isinstance(end, datetime)
    window = f"{written(start)} to {written(end)}"
    if end - start < timedelta(hours=hours) or now - end > OLDEST:
        return _open(
            context, Unknown(f"the log files of {trail.address}", f"were verified for {window} only", _cure(hours))
        )
    leaf = Leaf(STATUS, EXPECTED, f"valid, {window}", Status.PASS, location=trail.where(STATUS))
    return Outcome(Status.PASS, (leaf,))


def _not_run(context: Context, hours: int) -> Unknown:
    return Unknown(f"the log files of {context.resource.address}", "were not verified", _cure(hours))


def _cure(hours: int) -> str:
    return f"ctguard audit --verify-logs {hours}"


def _open(context: Context, unknown: Unknown) -> Outcome:
    trail = context.resource
    leaf = Leaf(STATUS, EXPECTED, shown(trail[STATUS]), Status.UNKNOWN, str(unknown), trail.where(STATUS))
    return Outcome(Status.UNKNOWN, (leaf,), (unknown,))


def _first(findings: Any, name: str) -> str:
    first = findings[0] if isinstance(findings, list) and findings else None
    value = first.get(name) if isinstance(first, dict) else None
    return value if isinstance(value, str) else ""


def _witness(findings: Any) -> dict[str, Any] | None:
    first = findings[0] if isinstance(findings, list) and findings else None
    return {key: value for key, value in first.items() if isinstance(value, str)} if isinstance(first, dict) else None


LOOKS_AT: Final = {
    "files_are_proven": frozenset({STATUS, START, END, FINDINGS}),
    "nobody_weakened_it": frozenset({TAMPERED}),
}
