"""Verify the log files of the trails that an audit found, and keep what came of it among its facts.

The answer is that of `ctguard logs verify`, kept as the reply to a call of no service of AWS. So the snapshot holds
what the verdict on the files rests on, and whoever reads it comes to the same one without the files.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
from msgspec import Struct
from msgspec.structs import replace

from ctguard.logs import Report, prove_recent
from ctguard.model.errors import CtguardError
from ctguard.sources.aws.accounts import Door, Entered
from ctguard.sources.aws.audit import Order, Progress
from ctguard.sources.aws.collecting import question
from ctguard.sources.snapshot.facts import Call, Failure, Snapshot

SERVICE: Final = "ctguard"
OPERATION: Final = "VerifyLogs"
MOST_FINDINGS: Final = 20


class _Trail(Struct, frozen=True):
    """A trail with digests, in the account that owns it."""

    account: str
    region: str
    arn: str


def with_verified_logs(snapshot: Snapshot, order: Order, hours: int, progress: Progress) -> Snapshot:
    """Return the snapshot with what the verification of the last hours of each of its trails came to.

    Each trail is verified with the credentials of the account that owns it; what was verified before is not again.
    """
    before = {question(call) for call in snapshot.calls}
    door = Door(order.way, order.limits, order.wanted.workers, threading.Event())
    calls = list(snapshot.calls)
    for trail in _trails(snapshot):
        asked = Call(
            account=trail.account,
            region=trail.region,
            service=SERVICE,
            operation=OPERATION,
            parameters={"TrailArn": trail.arn, "Hours": hours},
        )
        if question(asked) not in before:
            calls.append(_verified(asked, trail, hours, door, snapshot))
            progress.call(calls[-1])
    return replace(snapshot, calls=tuple(sorted(calls, key=question)))


def _trails(snapshot: Snapshot) -> Iterator[_Trail]:
    """Yield the trails with digests that an account of the audit owns."""
    entered = {account.id for account in snapshot.accounts if account.entered}
    found: dict[str, _Trail] = {}
    for call in snapshot.calls:
        listed = (call.reply or {}).get("trailList") if call.operation == "DescribeTrails" else None
        for entry in listed or ():
            arn = entry.get("TrailARN")
            if isinstance(arn, str) and arn.count(":") > 4 and entry.get("LogFileValidationEnabled") is True:
                region, account = arn.split(":")[3:5]
                found[arn] = _Trail(account, region, arn)
    yield from (trail for _, trail in sorted(found.items()) if trail.account in entered)


def _verified(asked: Call, trail: _Trail, hours: int, door: Door, snapshot: Snapshot) -> Call:
    try:
        entered = _entered(trail.account, door, snapshot)
        session = boto3.session.Session(botocore_session=entered.clients.session)
        return replace(asked, reply=_summary(prove_recent(session, trail.arn, hours)))
    except CtguardError as error:
        return replace(asked, failure=Failure("NotVerified", str(error)))


def _entered(account: str, door: Door, snapshot: Snapshot) -> Entered:
    own = door.own()
    if own.account.id == account:
        return own
    known = next(one for one in snapshot.accounts if one.id == account)
    entered = door.by_role(known)
    if isinstance(entered, Entered):
        return entered
    why = entered.failure
    raise CtguardError(f"account {account} could not be entered: {why.message if why else 'no reason was given'}")


def _summary(report: Report) -> Mapping[str, Any]:
    """Return of a report what a verdict needs: not every chain, and not more than anybody reads."""
    whole = report.as_json()
    told = {name: whole[name] for name in ("status", "window", "trail_arn", "totals")}
    several = {name: whole[name][:MOST_FINDINGS] for name in ("findings", "tamper_events")}
    return {**told, **several}
