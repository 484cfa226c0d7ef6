"""What an audit has learnt so far, beside the snapshot that it will be: whoever kills the audit loses little.

The journal `FILE.journal` gets a line for each call that is done and for each account that is finished. The snapshot
replaces it at the end: written beside its place, forced to the disk and then renamed, so that at any moment there is
the complete old file or the complete new one. `--resume` reads either: a journal, or a snapshot that was cut short.
Both are readable by their owner only.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from ctguard.model.errors import CtguardError
from ctguard.model.whole_file import write_whole
from ctguard.sources.aws.asking import now
from ctguard.sources.aws.collecting import Question, question
from ctguard.sources.aws.failures import is_lasting
from ctguard.sources.snapshot.facts import Account, Call, Snapshot
from ctguard.sources.snapshot.file import parse_snapshot, write_snapshot

OWNER_ONLY: Final = 0o600
"""The mode of both files: a snapshot names whatever guards the account."""


class Head(Struct, frozen=True):
    """The first line of a journal: what was asked, and when the audit began."""

    asked: dict[str, Any]
    started_at: str


class Line(Struct, frozen=True, omit_defaults=True):
    """Any other line of a journal: a call that is done, or an account that is finished."""

    call: Call | None = None
    account: Account | None = None


class Learnt(Struct):
    """What an audit before this one has learnt: `calls` that gave an answer, and the `accounts` that it finished."""

    started_at: str = ""
    calls: dict[Question, Call] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)


class Journal:
    """Keeps calls and accounts as they are done; without a path it keeps nothing."""

    def __init__(self, path: Path | None, asked: dict[str, Any], learnt: Learnt) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: int | None = None
        self.asked = asked
        self.started_at = learnt.started_at or now()
        if path is not None:
            self._begin(path, learnt)

    def note(self, call: Call) -> None:
        """Keep a call that is done."""
        self._write(Line(call=call))

    def finish(self, account: Account) -> None:
        """Keep that an account is finished."""
        self._write(Line(account=account))

    def end(self, snapshot: Snapshot) -> bytes:
        """Put the snapshot in its place, take the journal away, and return the snapshot's bytes."""
        data = write_snapshot(snapshot)
        if self._path is not None:
            write_whole(self._path, data, mode=OWNER_ONLY)
            self.close()
            journal_of(self._path).unlink(missing_ok=True)
        return data

    def close(self) -> None:
        """Write nothing more; what is written stays for `--resume`."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
            self._file = None

    def _begin(self, path: Path, learnt: Learnt) -> None:
        """Write what is known already into a whole new journal, and open it for more."""
        known = [Line(call=call) for call in learnt.calls.values()]
        known += [Line(account=account) for account in learnt.accounts.values()]
        lines: list[Head | Line] = [Head(self.asked, self.started_at), *known]
        write_whole(journal_of(path), b"".join(_encoded(line) for line in lines), mode=OWNER_ONLY)
        self._file = os.open(journal_of(path), os.O_WRONLY | os.O_APPEND)

    def _write(self, line: Line) -> None:
        with self._lock:
            if self._file is None:
                return
            try:
                os.write(self._file, _encoded(line))
            except OSError as error:
                raise CtguardError(
                    f"{self._path}: {error.strerror or error}", hint="make room, or choose another place"
                ) from error


def journal_of(path: Path) -> Path:
    """Return where the journal of a snapshot is: beside it."""
    return path.with_name(f"{path.name}.journal")


def _encoded(line: Head | Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def learnt_before(path: Path, asked: dict[str, Any]) -> Learnt:
    """Return what an audit that was cut short has left at `path`; raises CtguardError where it asked something else.

    Nothing is there: nothing is known. Failures that may be gone by now are not kept.
    """
    journal = journal_of(path)
    try:
        if journal.exists():
            before, lines = _read_journal(journal.read_bytes(), journal)
        elif path.exists():
            snapshot = parse_snapshot(path.read_bytes(), str(path))
            before = Head(snapshot.asked, snapshot.started_at)
            lines = [Line(call=call) for call in snapshot.calls]
            if snapshot.finished_at:
                raise CtguardError(f"{path}: this audit was finished", hint="leave out --resume to audit anew")
        else:
            return Learnt()
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint="check the permissions") from error
    if before.asked != asked:
        raise CtguardError(
            f"{path}: the audit to resume was asked something else",
            hint="give the same options as before, or leave out --resume to audit anew",
        )
    return Learnt(
        before.started_at,
        {question(line.call): line.call for line in lines if line.call is not None and _is_final(line.call)},
        {line.account.id: line.account for line in lines if line.account is not None},
    )


def _read_journal(data: bytes, path: Path) -> tuple[Head, list[Line]]:
    """Return the lines of a journal; the last one may have been cut off."""
    first, *rest = data.split(b"\n")
    try:
        lines = [msgspec.json.decode(one, type=Line) for one in rest[:-1]]
        return msgspec.json.decode(first, type=Head), lines
    except msgspec.MsgspecError as error:
        raise CtguardError(f"{path}: is no journal of an audit: {error}", hint="remove it to audit anew") from None


def _is_final(call: Call) -> bool:
    """Say whether asking again would give the same: it was answered, or refused for a lasting reason."""
    return call.failure is None or is_lasting(call.failure)
