"""Read a snapshot: a unit for each account that was entered, in the dialect of the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ctguard.model.errors import CtguardError, Fault
from ctguard.model.visible import visible
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.snapshot.alarms import alarms
from ctguard.sources.snapshot.asked import Asked
from ctguard.sources.snapshot.buckets import account_blocks, buckets
from ctguard.sources.snapshot.configuration import configuration
from ctguard.sources.snapshot.events import event_rules
from ctguard.sources.snapshot.facts import Account, Snapshot
from ctguard.sources.snapshot.file import read_snapshot_file
from ctguard.sources.snapshot.identities import iam_policies, roles
from ctguard.sources.snapshot.keys import keys
from ctguard.sources.snapshot.log_groups import log_groups
from ctguard.sources.snapshot.organizations import accounts, organizations
from ctguard.sources.snapshot.things import Sight, Thing
from ctguard.sources.snapshot.topics import topics
from ctguard.sources.snapshot.trails import event_data_stores, trails

READERS = (
    trails,
    event_data_stores,
    buckets,
    account_blocks,
    keys,
    topics,
    log_groups,
    alarms,
    event_rules,
    configuration,
    roles,
    iam_policies,
    organizations,
)
"""What makes things of calls, one function a part of the call plan."""


def read_snapshot(path: Path, *, display: str) -> Iterator[Unit]:
    """Yield the accounts in a snapshot; one that cannot be read is a unit with a fault."""
    try:
        snapshot = read_snapshot_file(path, display)
    except CtguardError as error:
        message = f"{error}; {error.hint}" if error.hint else str(error)
        yield Unit(display, "live", (), (Fault(display, "unreadable", message),))
        return
    yield from units(snapshot, display)


def units(snapshot: Snapshot, display: str) -> Iterator[Unit]:
    """Yield a unit for each account of a snapshot, the faults of the whole audit with the first."""
    asked = Asked(snapshot)
    entered = [account for account in snapshot.accounts if account.entered]
    sight = Sight(asked, entered)
    by_account: dict[str, list[Declaration]] = defaultdict(list)
    for one in _things(sight, snapshot):
        by_account[one.seen_by].append(one)
    faults = (*_unfinished(snapshot, display), *map(_not_entered, _shut(snapshot)), *asked.faults())
    if not entered:
        yield Unit(display, "live", (), faults or (Fault(display, "unreadable", f"{display}: no account was entered"),))
    for account in entered:
        yield Unit(f"{display} {account.id}", "live", tuple(by_account[account.id]), faults)
        faults = ()


def _things(sight: Sight, snapshot: Snapshot) -> Iterator[Thing]:
    yield from accounts(sight, snapshot.finished_at or snapshot.started_at)
    for reader in READERS:
        yield from reader(sight)


def _shut(snapshot: Snapshot) -> list[Account]:
    return [account for account in snapshot.accounts if not account.entered]


def _not_entered(account: Account) -> Fault:
    name = f" ({visible(account.name)})" if account.name else ""
    why = account.failure
    because = f": {why.code}: {visible(why.message)}" if why else ""
    permission = why.permission if why and why.permission else "sts:AssumeRole"
    return Fault(
        f"account {account.id}",
        "denied",
        f"account {account.id}{name} could not be entered{because}; grant {permission}, or leave the account out",
    )


def _unfinished(snapshot: Snapshot, display: str) -> Iterator[Fault]:
    if not snapshot.finished_at:
        yield Fault(display, "incomplete", f"{display}: the audit was cut short; audit again for the rest")
