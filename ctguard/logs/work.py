"""The single steps of a run, as data, and how each is carried out.

A task can be done in any order, in any thread, on any machine; `perform` gives
the same result. Which tasks there are is for `survey` to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TypeAlias

from ctguard.logs.digest import LARGEST_DIGEST, DigestFile, DigestReading, ListedLog, Unsound, judge_digest
from ctguard.logs.keys import KeyRing, PublicKey
from ctguard.logs.links import Absent
from ctguard.logs.logfile import LogCheck, LogReading, wanted_records
from ctguard.logs.naming import Place
from ctguard.logs.store import MISSING, NO_METADATA, Entry, Patience, ReadError, Store, persistently, settled
from ctguard.logs.times import Moment
from ctguard.logs.verdict import WEIGHT, Verdict


@dataclass(frozen=True, slots=True)
class DigestListTask:
    """List digest files of a place with keys above `after` and below `before`; `first`: only the trail's first."""

    owner: int
    place: Place
    after: str = ""
    before: str | None = None
    first: bool = False


@dataclass(frozen=True, slots=True)
class LogListTask:
    """List the log files of a place of one day, which is named by its first moment."""

    owner: int
    place: Place
    day: Moment


@dataclass(frozen=True, slots=True)
class DigestTask:
    """Read one digest; `named_by` is the key of the digest that links to it, where no listing shows it."""

    owner: int
    place: Place
    key: str
    end: Moment
    backfill: bool = False
    named_by: str | None = None
    keys: tuple[PublicKey, ...] = ()


@dataclass(frozen=True, slots=True)
class LogTask:
    """Check one log file; `digest` is the number of the digest that lists it."""

    owner: int
    digest: int
    log: ListedLog
    stamp: str = ""


Task: TypeAlias = DigestListTask | LogListTask | DigestTask | LogTask


@dataclass(frozen=True, slots=True)
class Listed:
    """The answer to a task that lists; `error` is why there is none."""

    entries: tuple[Entry, ...]
    error: ReadError | None = None


Result: TypeAlias = Listed | DigestReading | Absent | LogReading


@dataclass(frozen=True, slots=True)
class Kit:
    """What every task needs."""

    store: Store
    ring: KeyRing
    now: Moment
    wanted: frozenset[str] = frozenset()
    patience: Patience = field(default_factory=Patience)


def perform(task: Task, kit: Kit) -> Result:
    """Carry out `task`; whatever is wrong with an object is part of the result."""
    if isinstance(task, LogTask):
        return _check_log(task, kit)
    if isinstance(task, DigestTask):
        return _read_digest(task, kit)
    try:
        return Listed(persistently(lambda: _listed(task, kit.store), kit.patience))
    except ReadError as error:
        return Listed((), error)


def _listed(task: DigestListTask | LogListTask, store: Store) -> tuple[Entry, ...]:
    place = task.place
    if isinstance(task, LogListTask):
        return tuple(store.entries(place.bucket, place.log_day(task.day)))
    entries = store.entries(place.bucket, place.digest_folder, after=task.after, before=task.before)
    if not task.first:
        return tuple(entries)
    for entry in entries:
        name = place.digest_name(entry.key)
        if name is not None and name.trail == place.own_trail and not name.backfill:
            return (entry,)
    return ()


def _check_log(task: LogTask, kit: Kit) -> LogReading:
    log = task.log

    def read() -> LogReading:
        check = LogCheck(log.sha256, kit.wanted)
        with kit.store.read(log.bucket, log.key) as body:
            for chunk in body.chunks:
                if not check.feed(chunk):
                    break
        return check.judge()

    def read_again() -> LogReading:
        with kit.store.read(log.bucket, log.key) as body:
            return LogReading(None, records=wanted_records(kit.wanted, body.chunks))

    try:
        reading = settled(read, lambda reading: reading.evidence if reading.kind else None, kit.patience)
        return persistently(read_again, kit.patience) if reading.records is None else reading
    except ReadError as error:
        if error.kind == MISSING:
            return LogReading("log_missing", "its digest lists it, the bucket does not hold it")
        return LogReading(error.kind, error.detail)


def _read_digest(task: DigestTask, kit: Kit) -> DigestReading | Absent:
    place = task.place
    ring = KeyRing.of([*kit.ring.all(), *task.keys]) if task.keys else kit.ring

    def read() -> tuple[DigestReading, Hashable]:
        parts: list[bytes] = []
        size = 0
        with kit.store.read(place.bucket, task.key, metadata=True) as body:
            for chunk in body.chunks:
                parts.append(chunk)
                size += len(chunk)
                if size > LARGEST_DIGEST:
                    detail = f"the digest is larger than {LARGEST_DIGEST >> 20} MiB"
                    return _unsound(task, "digest_too_large", detail), size
            metadata = body.metadata
        content = b"".join(parts)
        file = DigestFile(place, task.key, task.end, task.backfill, content, metadata)
        evidence = (hashlib.sha256(content).digest(), tuple(sorted(metadata.items())))
        return judge_digest(file, ring, kit.now), evidence

    def suspicion(result: tuple[DigestReading, Hashable]) -> Hashable | None:
        digest = result[0].digest
        blamed = isinstance(digest, Unsound) and WEIGHT[digest.kind] is Verdict.INVALID
        return result[1] if blamed else None

    try:
        return settled(read, suspicion, kit.patience)[0]
    except ReadError as error:
        if error.kind == MISSING:
            return Absent(place.bucket, task.key, task.end, task.named_by or "the listing")
        if error.kind == NO_METADATA:
            return _unsound(task, "coverage_gap", f"its signature is lost: {error.detail}")
        return _unsound(task, error.kind, error.detail)


def _unsound(task: DigestTask, kind: str, detail: str) -> DigestReading:
    return DigestReading(Unsound(task.place.bucket, task.key, task.end, kind, detail))
