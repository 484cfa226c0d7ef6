"""Leave out what a newer snapshot of the same account tells: an account has one state, that of the last audit."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.errors import Fault
from ctguard.model.visible import visible
from ctguard.sources.snapshot.facts import Snapshot


class Taken(Struct, frozen=True):
    """A snapshot, and what reports call it."""

    snapshot: Snapshot
    display: str

    @property
    def observed_at(self) -> str:
        """When the accounts were asked; of an audit that was cut short, when it began."""
        return self.snapshot.finished_at or self.snapshot.started_at


def newest(several: Sequence[Taken]) -> tuple[list[Taken], list[Fault]]:
    """Return the snapshots without the accounts that a newer one entered too, and a fault for each left out.

    Of two snapshots of one time both stay: where they differ, what they tell is unknown.
    """
    latest: dict[str, Taken] = {}
    for one in several:
        for account in one.snapshot.accounts:
            known = latest.get(account.id)
            if account.entered and (known is None or known.observed_at < one.observed_at):
                latest[account.id] = one
    kept, faults = [], []
    for one in several:
        old = {
            account.id
            for account in one.snapshot.accounts
            if account.id in latest and one.observed_at < latest[account.id].observed_at
        }
        faults += [_left_out(one, account, latest[account]) for account in sorted(old)]
        rest = _without(one, old) if old else one
        if rest.snapshot.accounts or not old:
            kept.append(rest)
    return kept, faults


def _without(taken: Taken, accounts: set[str]) -> Taken:
    snapshot = replace(
        taken.snapshot,
        accounts=tuple(one for one in taken.snapshot.accounts if one.id not in accounts),
        calls=tuple(one for one in taken.snapshot.calls if one.account not in accounts),
    )
    return Taken(snapshot, taken.display)


def _left_out(taken: Taken, account: str, newer: Taken) -> Fault:
    return Fault(
        taken.display,
        "superseded",
        f"{taken.display}: account {visible(account)} of {visible(taken.observed_at)} is left out: {newer.display} is "
        f"of {visible(newer.observed_at)}; scan one snapshot of that account",
    )
