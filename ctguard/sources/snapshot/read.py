"""Read a snapshot: a unit for each account that was entered, in the dialect of the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from ctguard.model.errors import CtguardError, Fault
from ctguard.model.finding import Audited, AuditedAccount
from ctguard.model.visible import visible
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.snapshot.alarms import alarms
from ctguard.sources.snapshot.asked import Asked
from ctguard.sources.snapshot.buckets import account_blocks, buckets, contested
from ctguard.sources.snapshot.configuration import configuration
from ctguard.sources.snapshot.events import event_rules
from ctguard.sources.snapshot.facts import Account, Failure, Snapshot
from ctguard.sources.snapshot.file import RepeatedKeyError, read_snapshot_file
from ctguard.sources.snapshot.identities import iam_policies, roles
from ctguard.sources.snapshot.keys import keys
from ctguard.sources.snapshot.log_groups import log_groups
from ctguard.sources.snapshot.newest import Taken, newest
from ctguard.sources.snapshot.organizations import accounts, organizations
from ctguard.sources.snapshot.settled import settled
from ctguard.sources.snapshot.things import Sight
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


def read_snapshots(files: Iterable[tuple[Path, str]]) -> Iterator[Unit]:
    """Yield the accounts in snapshots, each given with its name in reports.

    Snapshots of different accounts are read together, as if one audit had made them: what one account names may be in
    another. An account is judged by its newest snapshot. One that cannot be read is a unit with a fault.
    """
    together: list[Taken] = []
    for path, display in files:
        try:
            together.append(Taken(read_snapshot_file(path, display), display))
        except CtguardError as error:
            message = f"{error}; {error.hint}" if error.hint else str(error)
            kind = "duplicate-key" if isinstance(error, RepeatedKeyError) else "unreadable"
            yield Unit(display, "live", (), (Fault(display, kind, message),))
    if together:
        yield from _units(*newest(together))


def units(snapshot: Snapshot, display: str) -> Iterator[Unit]:
    """Yield a unit for each account of a snapshot, the faults of the whole audit with the first."""
    yield from _units([Taken(snapshot, display)])


def _units(group: Sequence[Taken], left_out: Sequence[Fault] = ()) -> Iterator[Unit]:
    asked = Asked(settled(call for one in group for call in one.snapshot.calls))
    entered = _entered(group)
    chosen = {account.id: one.snapshot.asked.get("regions") or () for account, one in entered}
    sight = Sight(asked, (account for account, _ in entered), chosen)
    by_account: dict[str, list[Declaration]] = defaultdict(list)
    observed = {account.id: one.observed_at for account, one in entered}
    for thing in (*accounts(sight, observed), *(thing for reader in READERS for thing in reader(sight))):
        by_account[thing.seen_by].append(thing)
    faults = (*left_out, *(fault for one in group for fault in _faults(one)), *asked.faults(), *contested(sight))
    if not entered:
        yield Unit(group[0].display, "live", (), faults, audited=_audited(group))
    reach: Audited | None = _audited(group)
    for account, one in entered:
        yield Unit(f"{one.display} {account.id}", "live", tuple(by_account[account.id]), faults, audited=reach)
        faults, reach = (), None


def _entered(group: Sequence[Taken]) -> list[tuple[Account, Taken]]:
    """Return the accounts that were entered, each once, with the snapshot that says so."""
    found: dict[str, tuple[Account, Taken]] = {}
    for one in group:
        for account in one.snapshot.accounts:
            if account.entered:
                found.setdefault(account.id, (account, one))
    return list(found.values())


def _faults(taken: Taken) -> Iterator[Fault]:
    """Yield what keeps an audit from being whole, but for single calls."""
    snapshot, display = taken.snapshot, taken.display
    if not snapshot.finished_at:
        yield Fault(display, "incomplete", f"{display}: the audit was cut short; audit again for the rest")
    yield from (_not_entered(account) for account in snapshot.accounts if not account.entered)
    yield from (
        _left_early(account, account.failure) for account in snapshot.accounts if account.entered and account.failure
    )
    if not snapshot.accounts:
        yield Fault(display, "unreadable", f"{display}: no account was entered; audit again")


def _audited(group: Sequence[Taken]) -> Audited:
    """Return who audited which accounts; the caller where there is but one."""
    found = [account for one in group for account in one.snapshot.accounts]
    callers = {account.caller for account in found if account.caller}
    regions = {region for account in found for region in account.regions}
    return Audited(min(callers) if len(callers) == 1 else None, tuple(map(_reached, found)), tuple(sorted(regions)))


def _reached(account: Account) -> AuditedAccount:
    why = f"{account.failure.code}: {account.failure.message}" if account.failure and not account.entered else ""
    state: Literal["entered", "not_entered"] = "entered" if account.entered else "not_entered"
    return AuditedAccount(account.id, account.name or None, state, account.caller or None, why)


def _left_early(account: Account, why: Failure) -> Fault:
    return Fault(
        f"account {account.id}",
        "expired",
        f"account {account.id} was left before all was asked: {why.code}: {why.message}; renew the credentials, and go "
        "on with --resume",
    )


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
