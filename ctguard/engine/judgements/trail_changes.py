"""Judgement on who stopped or changed a trail of late, by its status and CloudTrail's event history.

Source: CloudTrail API Reference, "GetTrailStatus" (the time of the last stop stays when logging goes on) and
"LookupEvents" (management events of the last 90 days, in the region where they happened).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.moments import moment, observed_at, own_account, written
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, Unknown, Value, first_unknown, unknowns

STOP: Final = "StopLogging"
BLINDING: Final = (STOP, "UpdateTrail", "PutEventSelectors")
STOPPED_AT: Final = "stop_logging_time"
APART: Final = timedelta(minutes=5)
"""How far the time of a stop and that of the call which caused it may lie apart."""


def unchanged_lately(context: Context, days: int, accepted: Collection[str]) -> Outcome:
    """Nobody stopped the trail or changed what it records within some days, but for changes on a list.

    `accepted` holds ids of events and names of users.
    """
    now = observed_at(context)
    if isinstance(now, Unknown):
        leaf = Leaf("observed_at", "known", "not known", Status.UNKNOWN, str(now))
        return Outcome(Status.UNKNOWN, (leaf,), (now,))
    since = now - timedelta(days=days)
    changes = list(_changes(context))
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    witness: Mapping[str, Any] | None = None
    for change in changes:
        found, unknown = _judged(context.resource, change, since, accepted)
        if found is None:
            continue
        leaves.append(found)
        lacking += [unknown] if unknown else []
        if found.status is Status.FAIL and witness is None:
            witness = {key: value for key, value in change.items() if not first_unknown(value)}
    leaves.append(_stopped(context.resource, since, accepted, changes))
    lacking += unknowns(context.resource[STOPPED_AT])
    status = all_hold(leaf.status for leaf in leaves)
    missing = tuple(dict.fromkeys(lacking)) if status is Status.UNKNOWN else ()
    return Outcome(status, tuple(leaves), missing, witness if status is Status.FAIL else None)


def _changes(context: Context) -> Iterator[Value]:
    """Yield the changes of trails that the trail's account shows; unknown where it does not show them all."""
    account = own_account(context)
    if account is None:
        owner = f"account {context.resource.account_id}"
        yield Unknown(f"the event history of {owner}", "is not part of this run", f"audit {owner} too")
        return
    changes = account["trail_changes"]
    if isinstance(changes, PartialList):
        yield from (*changes.items, changes.rest)
    elif isinstance(changes, list):
        yield from changes
    else:
        yield changes


def _judged(
    trail: Resource, change: Value, since: datetime, accepted: Collection[str]
) -> tuple[Leaf | None, Unknown | None]:
    """Return what one change comes to: nothing when it has no bearing, else a leaf and what is missing to decide."""
    if not isinstance(change, dict):
        unread = first_unknown(change) or Unknown("an event of the history", "cannot be read")
        return Leaf("trail_changes", "known", "not known", Status.UNKNOWN, str(unread)), unread
    status = all_hold(
        (_is_one_of(change.get("event_name"), BLINDING), _concerns(change, trail), _is_late(change, since))
    )
    if status is Status.FAIL:
        return None, None
    expected = any_holds(_is_one_of(change.get(name), accepted) for name in ("event_id", "username"))
    if expected is Status.PASS:
        return None, None
    certain = status is Status.PASS and expected is Status.FAIL
    said = f"{shown(change['event_name'])} by {shown(change['username'])} at {shown(change['event_time'])}"
    unknown = None if certain else first_unknown(change) or Unknown(said, "does not say what it changed")
    result = Status.FAIL if certain else Status.UNKNOWN
    because = str(unknown or f"event {change['event_id']}")
    return Leaf("trail_changes", "no change but those expected", said, result, because), unknown


def _is_one_of(value: Value, names: Collection[str]) -> Status:
    if not names:
        return Status.FAIL
    if first_unknown(value):
        return Status.UNKNOWN
    return Status.PASS if value in names else Status.FAIL


def _concerns(change: Mapping[str, Value], trail: Resource) -> Status:
    """Say whether a change is one of this trail; of one that names nothing nobody knows."""
    named = change.get("resources")
    if not isinstance(named, list) or not named:
        return Status.UNKNOWN
    own = (trail.name, trail.arn)
    known = [name for name in own if isinstance(name, str)]
    found = (_is_one_of(one.get("resource_name") if isinstance(one, dict) else one, known) for one in named)
    return any_holds((*found, *(Status.UNKNOWN for name in own if name not in known)))


def _is_late(change: Mapping[str, Value], since: datetime) -> Status:
    at = moment(change.get("event_time"), "event_time")
    if not isinstance(at, datetime):
        return Status.UNKNOWN
    return Status.PASS if at >= since else Status.FAIL


def _stopped(trail: Resource, since: datetime, accepted: Collection[str], changes: Collection[Value]) -> Leaf:
    """Return what the time of the last stop says; one on the list is expected."""
    value = trail[STOPPED_AT]
    at = moment(value, f"{trail.address}.{STOPPED_AT}")
    expected, actual = f"before {written(since)}, or expected", shown(value)
    status, because = Status.PASS, ""
    if isinstance(at, Unknown):
        status, because = Status.UNKNOWN, str(at)
    elif at is not None and at >= since:
        on_list = any_holds(_explains(change, at, trail, accepted) for change in changes)
        status = {Status.PASS: Status.PASS, Status.FAIL: Status.FAIL}.get(on_list, Status.UNKNOWN)
        because = "a stop on the list" if status is Status.PASS else "logging was stopped"
    return Leaf(STOPPED_AT, expected, actual, status, because, trail.where(STOPPED_AT))


def _explains(change: Value, at: datetime, trail: Resource, accepted: Collection[str]) -> Status:
    """Say whether a change on the list is the stop at that time."""
    if not accepted:
        return Status.FAIL
    if not isinstance(change, dict):
        return Status.UNKNOWN
    told = moment(change.get("event_time"), "event_time")
    near = Status.UNKNOWN
    if isinstance(told, datetime):
        near = Status.PASS if abs(told - at) <= APART else Status.FAIL
    on_list = any_holds(_is_one_of(change.get(name), accepted) for name in ("event_id", "username"))
    return all_hold((_is_one_of(change.get("event_name"), (STOP,)), _concerns(change, trail), near, on_list))


LOOKS_AT: Final = {"unchanged_lately": frozenset({STOPPED_AT})}
