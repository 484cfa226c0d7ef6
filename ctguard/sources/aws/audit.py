"""Ask accounts side by side, and make the snapshot of what they say.

What belongs to another account of the same audit is asked there, at the end (`ctguard.sources.aws.left`).
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Final, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

import ctguard
from ctguard.model.errors import CtguardError
from ctguard.sources.aws.accounts import Door, Way
from ctguard.sources.aws.asking import now
from ctguard.sources.aws.collecting import MOMENT, Collected, Question, Wanted, Watcher, collect, question
from ctguard.sources.aws.crew import Crew, ExecutorCrew
from ctguard.sources.aws.failures import UNSPOKEN
from ctguard.sources.aws.journal import Journal, Learnt
from ctguard.sources.aws.left import buckets_left, subjects_left
from ctguard.sources.aws.patience import Limits
from ctguard.sources.aws.plan import planned
from ctguard.sources.aws.subjects import Identity, Subject
from ctguard.sources.snapshot.facts import Account, Call, Failure, Snapshot

ACCOUNTS_AT_ONCE: Final = 4

LAST_WORD: Final = 5 * MOMENT
"""Seconds that an audit which is broken off waits for what its visits have learnt: each looks up every moment."""


class Order(Struct, frozen=True):
    """What is to be audited: which accounts, how they are entered, and which calls are made in each.

    `accounts` are ids; with `organization` all active accounts of the organization; with neither the caller's own.
    """

    way: Way
    wanted: Wanted
    accounts: tuple[str, ...] = ()
    organization: bool = False
    limits: Limits = field(default_factory=Limits)


class Progress(Protocol):
    """Who is told how far an audit is."""

    def begin(self, accounts: int) -> None:
        """So many accounts are asked."""

    def call(self, call: Call) -> None:
        """A call is done."""

    def finish(self, account: Account) -> None:
        """An account is finished, or was not entered."""


class Visit(Struct, frozen=True):
    """One account to enter and ask: all that another machine needs to do it with credentials of its own."""

    account: Account
    is_own: bool
    way: Way
    wanted: Wanted
    limits: Limits
    known: Mapping[Question, Call]


def visit(one: Visit, door: Door | None = None, watcher: Watcher | None = None) -> Collected:
    """Enter an account and ask it."""
    stopped = threading.Event()
    door = door or Door(one.way, one.limits, one.wanted.workers, stopped)
    watcher = watcher or Watcher(lambda call: None, stopped.is_set)
    entered = door.own() if one.is_own else door.by_role(one.account)
    if isinstance(entered, Account):
        return Collected(entered, ())
    identity = entered.identity
    if question(identity) not in one.known:
        watcher.note(identity)
    known = {**one.known, question(identity): identity}
    return collect(entered.account, entered.clients, one.wanted, entered.main_region, known, watcher)


class Audit:
    """One audit, under way; `stop` breaks it off, and what was learnt is kept."""

    def __init__(self, order: Order, journal: Journal, learnt: Learnt, progress: Progress) -> None:
        self._order = order
        self._journal = journal
        self._progress = progress
        self._lock = threading.Lock()
        self._calls = dict(learnt.calls)
        self._finished = dict(learnt.accounts)
        self._accounts: dict[str, Account] = {}
        self._followed: set[Identity] = set()
        self._looked_for: frozenset[str] = frozenset()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    def run(self, executor: Executor | None = None) -> Snapshot:
        """Return the snapshot, also of an audit that was broken off.

        With an `executor` its workers ask the accounts, with credentials of their own.
        """
        door = Door(self._order.way, self._order.limits, self._order.wanted.workers, self._stopped)
        visits = self._visits(door)
        self._progress.begin(len(visits))
        self._go(visits, door, executor)
        while further := self._further_visits(visits, door.own().main_region):
            self._go(further, door, executor)
        return self.snapshot(whole=not self._stopped.is_set())

    def snapshot(self, *, whole: bool) -> Snapshot:
        """Return what is known by now, in an order that does not depend on what was done first."""
        with self._lock:
            calls = [self._calls[key] for key in sorted(self._calls)]
        return Snapshot(
            tool=f"ctguard {ctguard.__version__}",
            started_at=self._journal.started_at,
            finished_at=now() if whole else "",
            asked=self._journal.asked,
            accounts=tuple(self._accounts[id_] for id_ in sorted(self._accounts)),
            calls=tuple(calls),
        )

    def _visits(self, door: Door) -> list[Visit]:
        own = door.own()
        partition = own.account.partition
        if self._order.organization:
            call, accounts = door.organization(own)
            self._note(call)
        else:
            accounts = [Account(id=id_, partition=partition) for id_ in self._order.accounts] or [own.account]
        elsewhere = frozenset(one.id for one in accounts)
        wanted = replace(self._order.wanted, elsewhere=elsewhere)
        known = self._known()
        way, limits = self._order.way, self._order.limits
        return [Visit(one, one.id == own.account.id, way, wanted, limits, known[one.id]) for one in accounts]

    def _known(self) -> Mapping[str, dict[Question, Call]]:
        """Return the calls so far, by account."""
        known: dict[str, dict[Question, Call]] = defaultdict(dict)
        for key, call in self._calls.items():
            known[call.account][key] = call
        return known

    def _further_visits(self, visits: Sequence[Visit], main_region: str) -> list[Visit]:
        """Return visits to accounts that have what others named and nobody has asked about; each thing once."""
        if self._stopped.is_set():
            return []
        entered = {one.account.id: one for one in visits if self._accounts[one.account.id].failure is None}
        known = self._known()
        subjects: dict[str, list[Subject]] = defaultdict(list)
        for id_ in entered:
            for subject in subjects_left(self._accounts[id_], list(known[id_].values()), main_region, entered):
                if subject.identity not in self._followed and self._is_unasked(subject):
                    self._followed.add(subject.identity)
                    subjects[subject.account].append(subject)
        buckets = buckets_left(self._calls.values()) - self._looked_for if len(entered) > 1 else frozenset()
        self._looked_for |= buckets
        return [
            replace(one, wanted=_further(one.wanted, tuple(subjects[id_]), buckets), known=known[id_])
            for id_, one in entered.items()
            if buckets or subjects[id_]
        ]

    def _is_unasked(self, subject: Subject) -> bool:
        calls = self._order.wanted.calls_on(subject, subject.account)
        return any(question(call) not in self._calls for _, call in calls)

    def _go(self, visits: Sequence[Visit], door: Door, executor: Executor | None) -> None:
        """Make visits side by side; those to accounts that were finished before an audit was cut short are over."""
        watcher = Watcher(self._note, self._stopped.is_set)
        crew: Crew[Visit, Collected] | ExecutorCrew[Visit, Collected]
        if executor is None:
            crew = Crew(lambda one: visit(one, door, watcher), ACCOUNTS_AT_ONCE)
        else:
            crew = ExecutorCrew(visit, executor)
        for one in visits:
            if one.wanted.is_further or one.account.id not in self._finished:
                crew.submit(one)
            else:
                self._accounts[one.account.id] = self._finished[one.account.id]
        while crew.under_way and not self._stopped.is_set():
            if (done := crew.next_done(MOMENT)) is not None:
                self._take(*done, elsewhere=executor is not None)
        crew.end()
        while crew.under_way and executor is None and (done := crew.next_done(LAST_WORD)) is not None:
            self._take(*done, elsewhere=False)

    def _take(self, one: Visit, result: Collected | Exception, *, elsewhere: bool) -> None:
        if isinstance(result, CtguardError):
            result = Collected(_lost(one.account, "NotEntered", str(result)), ())
        elif isinstance(result, Exception) and elsewhere:
            result = Collected(
                _lost(one.account, "WorkerLost", f"no worker of the cluster came to an end: {result}"), ()
            )
        elif isinstance(result, Exception):
            raise result
        if elsewhere:
            for call in result.calls:
                if question(call) not in one.known:
                    self._note(call)
        if one.wanted.is_further:
            return
        self._accounts[one.account.id] = result.account
        if result.account.failure is not None:
            self._drop_unspoken(one.account.id)
        if result.whole and result.account.failure is None:
            self._journal.finish(result.account)
        self._progress.finish(result.account)

    def _drop_unspoken(self, account: str) -> None:
        """Forget the calls of an account that failed for no reason of their own: its credentials are worn out."""
        with self._lock:
            self._calls = {
                key: call
                for key, call in self._calls.items()
                if call.account != account or call.failure is None or call.failure.code != UNSPOKEN
            }

    def _note(self, call: Call) -> None:
        with self._lock:
            self._calls[question(call)] = call
        self._journal.note(call)
        self._progress.call(call)


def _lost(account: Account, code: str, message: str) -> Account:
    return replace(account, entered=False, failure=Failure(code, message))


def _further(wanted: Wanted, subjects: tuple[Subject, ...], buckets: frozenset[str]) -> Wanted:
    listing = tuple(row for row in planned("s3", "ListBuckets") if buckets and row not in wanted.rows)
    return replace(wanted, rows=wanted.rows + listing, subjects=subjects, looked_for=buckets)
