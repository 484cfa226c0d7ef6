"""What earlier runs have proven of log files, kept in one file that survives any interruption.

A log file is remembered with its stamp (ETag, size, time of writing): one that was
written again since has another stamp and is read again. Digests are always read
anew, and what they say is compared with what is remembered.
"""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

from ctguard.logs.work import LogTask
from ctguard.model.errors import CtguardError

Record: TypeAlias = dict[str, Any]

_FORMAT = "ctguard-logs-checkpoint/1"
_ROWS = 500
_SECONDS = 1.0


class Memory(Protocol):
    """What earlier runs have proven of log files."""

    def recall(self, bucket: str, key: str, stamp: str) -> tuple[str, tuple[Record, ...]] | None:
        """Return SHA-256 and wanted records of a log file, if exactly this object was read before."""
        ...

    def keep(self, task: LogTask, records: tuple[Record, ...]) -> None:
        """Remember a log file that is what its digest says."""
        ...


class Checkpoint:
    """An SQLite file of proven log files, for one thread; rows are written a few hundred at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[tuple[str, str, str, str, str]] = []
        self._written = time.monotonic()
        try:
            self._database = sqlite3.connect(path, timeout=30)
            self._prepare()
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left, after an interruption too."""
        try:
            self._write()
        finally:
            self._database.close()

    def recall(self, bucket: str, key: str, stamp: str) -> tuple[str, tuple[Record, ...]] | None:
        """Return what is remembered of a log file."""
        query = "SELECT sha256, records FROM logs WHERE bucket = ? AND key = ? AND stamp = ?"
        try:
            row = self._database.execute(query, (bucket, key, stamp)).fetchone()
            return (row[0], tuple(json.loads(row[1]))) if row else None
        except (sqlite3.Error, ValueError) as error:
            raise self._unusable(error) from None

    def keep(self, task: LogTask, records: tuple[Record, ...]) -> None:
        """Remember a log file."""
        log = task.log
        self._rows.append((log.bucket, log.key, task.stamp, log.sha256, json.dumps(records)))
        if len(self._rows) >= _ROWS or time.monotonic() - self._written > _SECONDS:
            self._write()

    def _prepare(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        with self._database:
            self._database.execute("CREATE TABLE IF NOT EXISTS about (format TEXT PRIMARY KEY)")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS logs (bucket TEXT, key TEXT, stamp TEXT, sha256 TEXT, records TEXT,"
                " PRIMARY KEY (bucket, key)) WITHOUT ROWID"
            )
            found = [row[0] for row in self._database.execute("SELECT format FROM about")]
            if not found:
                self._database.execute("INSERT INTO about VALUES (?)", (_FORMAT,))
        if found not in ([], [_FORMAT]):
            raise sqlite3.DatabaseError(f"it is of the form {found}")

    def _write(self) -> None:
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?, ?)", self._rows)
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        self._rows.clear()
        self._written = time.monotonic()

    def _unusable(self, error: Exception) -> CtguardError:
        return CtguardError(
            f"{self._path}: cannot be used as a checkpoint: {error}",
            hint="name another file, or delete this one: everything is then read again",
        )
