"""Audit living accounts: ask what the rules need, keep it as a snapshot, judge the snapshot.

The verdict is drawn from the very bytes that the snapshot has: `ctguard scan` draws the same from them later.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from ctguard.model.finding import Run
from ctguard.model.inventory import Inventory
from ctguard.run.calls import calls_for
from ctguard.run.inputs import Loaded
from ctguard.run.judging import Judging
from ctguard.run.scan import audited_by, inventory_of, unread
from ctguard.sources.aws.accounts import Way
from ctguard.sources.aws.audit import Audit, Order, Progress
from ctguard.sources.aws.collecting import Wanted
from ctguard.sources.aws.journal import Journal, Learnt, learnt_before
from ctguard.sources.aws.patience import Limits
from ctguard.sources.snapshot.file import parse_snapshot
from ctguard.sources.snapshot.read import units

UNKEPT: Final = "audit"
"""What reports call a snapshot that is not kept."""

BROKEN_OFF_BY: Final = (signal.SIGINT, signal.SIGTERM)


class Accounts(Struct, frozen=True):
    """Which accounts are audited, where, and how they are entered; as the user wrote it.

    `verify_hours` says of how many hours log files are verified; 0: of none.
    """

    way: Way = field(default_factory=Way)
    ids: tuple[str, ...] = ()
    organization: bool = False
    regions: tuple[str, ...] = ()
    workers: int = 16
    cluster: str = ""
    verify_hours: int = 0
    limits: Limits = field(default_factory=Limits)


class Audited(Struct, frozen=True):
    """The answer of an audit; `signal` is what broke it off, 0 if nothing did."""

    run: Run
    inventory: Inventory
    signal: int = 0


def audit(
    judging: Judging, accounts: Accounts, progress: Progress, *, path: Path | None = None, resume: bool = False
) -> Audited:
    """Ask the accounts and judge what they say.

    The snapshot goes to `path`. With `resume` an audit that was cut short goes on where it was. Raises CtguardError
    when nothing can be asked at all.
    """
    everything = judging.asked.scope == "all"
    rows = calls_for(judging.rules, everything=everything)
    asked: dict[str, Any] = {
        "accounts": "organization" if accounts.organization else list(accounts.ids),
        "regions": list(accounts.regions),
        "scope": judging.asked.scope,
        "calls": sorted({row.name for row in rows}),
    }
    if accounts.verify_hours:
        asked["verify_hours"] = accounts.verify_hours
    order = Order(
        accounts.way,
        Wanted(rows, accounts.regions, workers=accounts.workers),
        accounts.ids,
        accounts.organization,
        accounts.limits,
    )
    learnt = learnt_before(path, asked) if path is not None and resume else Learnt()
    with _executor(accounts.cluster) as executor:
        journal = Journal(path, asked, learnt)
        try:
            under_way = Audit(order, journal, learnt, progress)
            with _broken_off(under_way) as signals:
                snapshot = under_way.run(executor)
            if accounts.verify_hours and snapshot.finished_at:
                from ctguard.run.verifying import with_verified_logs

                snapshot = with_verified_logs(snapshot, order, accounts.verify_hours, progress)
            data = journal.end(snapshot)
        finally:
            journal.close()
    display = path.as_posix() if path is not None else UNKEPT
    loaded = Loaded(tuple(units(parse_snapshot(data, display), display)), (), (display,))
    inventory = inventory_of(loaded)
    run = judging.judge(
        inventory,
        command="audit",
        inputs=loaded.inputs,
        hidden=unread(loaded, inventory),
        audited=audited_by(loaded),
    )
    return Audited(run, inventory, signals[0] if signals else 0)


def _executor(cluster: str) -> AbstractContextManager[Any]:
    if not cluster:
        return nullcontext()
    from ctguard.logs.cluster import dask_executor

    return dask_executor(cluster)


@contextmanager
def _broken_off(under_way: Audit) -> Iterator[list[int]]:
    """Let a signal stop the audit, which keeps what it has; a second one ends the process as it always does."""
    received: list[int] = []
    before = {number: signal.getsignal(number) for number in BROKEN_OFF_BY}

    def stop(number: int, _: Any) -> None:
        received.append(number)
        signal.signal(number, before[signal.Signals(number)])
        under_way.stop()

    for number in BROKEN_OFF_BY:
        signal.signal(number, stop)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
