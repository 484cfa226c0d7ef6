"""Ask one account: each call as soon as its subject is known, side by side, each once.

Replies name further subjects (`ctguard.sources.aws.subjects`), and subjects bring further calls
(`ctguard.sources.aws.plan`). A call that fails costs the facts that it gives, and the calls on what it would have
named; nothing else. When the credentials are worn out, what was learnt is kept and nothing more is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.sources.aws.asking import ask
from ctguard.sources.aws.clients import Clients
from ctguard.sources.aws.crew import Crew
from ctguard.sources.aws.failures import CallError
from ctguard.sources.aws.plan.shape import PlannedCall
from ctguard.sources.aws.replies import texts
from ctguard.sources.aws.subjects import FINDERS, Asked, Identity, Subject
from ctguard.sources.snapshot.facts import Account, Call

Question: TypeAlias = tuple[str, str, str, str, str]
"""What makes a call the one it is: account, region, service, operation and parameters."""

MOMENT: Final = 0.2
"""Seconds between two looks at whether the audit is to stop."""


class Wanted(Struct, frozen=True):
    """What an audit asks of each account.

    `rows` are the calls that its rules need. `regions` limits it to these; all enabled ones otherwise. `elsewhere` are
    the accounts that this audit asks: what belongs to another one of them is asked there. What others have named is in
    `subjects`, and in `looked_for` the buckets of which it is not known who has them.
    """

    rows: tuple[PlannedCall, ...]
    regions: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    subjects: tuple[Subject, ...] = ()
    looked_for: frozenset[str] = frozenset()
    workers: int = 16

    @property
    def is_further(self) -> bool:
        """Whether the account was asked before, and only what others have named is left."""
        return bool(self.subjects or self.looked_for)

    def calls_on(self, subject: Subject, account: str) -> Iterator[tuple[PlannedCall, Call]]:
        """Yield the calls that are made on a subject in an account."""
        for row in self.rows:
            if row.each == subject.kind:
                taken: dict[str, Any] = {name: subject.fields[of] for name, of in row.takes.items()}
                yield (
                    row,
                    Call(
                        account=account,
                        region=subject.region,
                        service=row.service,
                        operation=row.operation,
                        parameters={**row.given, **taken},
                    ),
                )


class Collected(Struct, frozen=True):
    """What one account gave; `whole` says that nothing broke it off."""

    account: Account
    calls: tuple[Call, ...]
    whole: bool = True


class Watcher(Struct, frozen=True):
    """Who looks on: `note` gets each call when it is done, `stopped` says whether to stop."""

    note: Callable[[Call], None]
    stopped: Callable[[], bool]


def question(call: Call) -> Question:
    """Return what makes this call the one it is."""
    return call.account, call.region, call.service, call.operation, json.dumps(call.parameters, sort_keys=True)


def collect(
    account: Account,
    clients: Clients,
    wanted: Wanted,
    main_region: str,
    known: Mapping[Question, Call],
    watcher: Watcher,
) -> Collected:
    """Ask `account`; calls in `known` are not made again."""
    asking = _Asking(account, clients, wanted, main_region, known)
    return asking.run(watcher)


class _Asking:
    """One account while it is asked; all but the calls themselves happens in one thread."""

    def __init__(
        self,
        account: Account,
        clients: Clients,
        wanted: Wanted,
        main_region: str,
        known: Mapping[Question, Call],
    ) -> None:
        self._account = account
        self._wanted = wanted
        self._known = known
        self._asked = Asked(account.id, main_region, (), [], wanted.elsewhere - {account.id}, wanted.looked_for)
        self._seen: set[Identity] = set()
        self._clients = clients
        self._crew: Crew[tuple[PlannedCall, Call], Call] = Crew(self._ask, wanted.workers)

    def run(self, watcher: Watcher) -> Collected:
        self._meet(Subject("account", self._asked.main_region, {"id": self._account.id}))
        for subject in self._wanted.subjects:
            self._meet(subject)
        while self._crew.under_way and self._account.failure is None and not watcher.stopped():
            done = self._crew.next_done(MOMENT)
            if done is None:
                continue
            _, result = done
            if isinstance(result, CallError):
                self._account = replace(self._account, failure=result.failure)
            elif isinstance(result, Exception):
                raise result
            else:
                watcher.note(result)
                self._learn(result)
        whole = not self._crew.under_way
        self._crew.end()
        return Collected(self._account, tuple(self._asked.calls), whole)

    def _ask(self, task: tuple[PlannedCall, Call]) -> Call:
        row, call = task
        return ask(self._clients, row, call.account, call.region, call.parameters)

    def _meet(self, subject: Subject) -> None:
        """Make the calls on a subject that was not met before."""
        if subject.identity in self._seen or subject.account in self._asked.elsewhere:
            return
        self._seen.add(subject.identity)
        for row, call in self._wanted.calls_on(subject, self._account.id):
            if (before := self._known.get(question(call))) is not None:
                self._learn(before)
            else:
                self._crew.submit((row, call))

    def _learn(self, call: Call) -> None:
        """Take in a call, and follow its reply to further subjects."""
        self._asked.calls.append(call)
        if call.operation == "DescribeRegions":
            self._settle_regions(call)
        for finder in FINDERS.get(f"{call.service}.{call.operation}", ()):
            for subject in finder(call, self._asked):
                self._meet(subject)

    def _settle_regions(self, call: Call) -> None:
        """Ask in the enabled regions, or those of them that were chosen.

        Where nobody may list them, the main region is asked: it shows all trails that record every region.
        """
        enabled = tuple(sorted(texts(call.reply, "Regions[].RegionName"))) if call.failure is None else ()
        chosen = tuple(one for one in self._wanted.regions if one in enabled or not enabled)
        everywhere = enabled or (self._asked.main_region,)
        self._account = replace(self._account, regions=enabled)
        self._asked = replace(self._asked, regions=chosen if self._wanted.regions else everywhere)
        for region in self._asked.regions:
            self._meet(Subject("region", region, {}))
