"""Runs kept in SQLite (one file, for one machine) or PostgreSQL (when several people or jobs share them)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from ctguard.history.record import Record, checked_document, damaged, packed, packed_record, read_record
from ctguard.history.schema import upgrade
from ctguard.history.store import Store
from ctguard.history.tables import RUNS
from ctguard.model.errors import CtguardError, Fault

WAIT: Final = 30
"""Seconds to wait for another writer, and for a server to answer."""
SPELLING: Final = "a store is a path, sqlite:///FILE or postgresql://USER@HOST/DATABASE"
SQLITE_HEADER: Final = b"SQLite format 3\0"


class SqlStore(Store):
    """A table of runs; each is added in one transaction."""

    def __init__(self, url: str, is_new: bool) -> None:
        self._url = _address(url)
        self._shown = self._url.render_as_string(hide_password=True)
        if self._url.get_backend_name() == "sqlite":
            _check_file(Path(self._url.database or ""), is_new=is_new)
        try:
            self._engine = _engine(self._url)
        except ModuleNotFoundError as error:
            raise CtguardError(f"{error.name} is not installed", hint="pip install 'ctguard[history]'") from error
        except (SQLAlchemyError, ValueError, TypeError) as error:  # a driver that nobody knows, options of another one
            raise CtguardError(f"{self._shown}: no such store can be opened", hint=SPELLING) from error
        try:
            with self._reached(), self._engine.begin() as connection:
                upgrade(connection, self._shown)
        except CtguardError:
            self.close()
            raise

    def add(self, record: Record, document: bytes) -> None:
        row = {
            "id": record.id,
            "series": record.series,
            "started_at": record.started_at,
            "digest": record.digest,
            "document": packed(document),
            "record": packed_record(record),
        }
        with self._reached(), self._engine.begin() as connection:
            if connection.execute(sa.select(RUNS.c.id).where(RUNS.c.id == record.id)).first() is None:
                connection.execute(RUNS.insert().values(row))

    def records(
        self, faults: list[Fault], *, series: str | None = None, since: date | None = None, until: date | None = None
    ) -> Iterator[Record]:
        wanted = sa.select(RUNS.c.id, RUNS.c.series, RUNS.c.started_at, RUNS.c.digest, RUNS.c.record).order_by(
            RUNS.c.started_at, RUNS.c.id
        )
        if series is not None:
            wanted = wanted.where(RUNS.c.series == series)
        if since is not None:
            wanted = wanted.where(RUNS.c.started_at >= since.isoformat())
        if until is not None:
            wanted = wanted.where(RUNS.c.started_at < (until + timedelta(days=1)).isoformat())
        with self._reached(), self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        for run_id, *columns, data in rows:
            source = f"{self._shown}: {run_id}"
            try:
                record = read_record(data, source)
                if [record.id, record.series, record.started_at, record.digest] != [run_id, *columns]:
                    raise damaged(source, "its columns are not what its record says")
                yield record
            except CtguardError as error:
                faults.append(Fault(source, "damaged", str(error)))

    def document(self, run_id: str) -> bytes:
        wanted = sa.select(RUNS.c.document, RUNS.c.digest).where(RUNS.c.id == run_id)
        with self._reached(), self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            raise CtguardError(f"{self._shown}: holds no run {run_id}", hint="see ctguard history list")
        return checked_document(row[0], row[1], f"{self._shown}: {run_id}")

    def remove(self, records: Sequence[Record]) -> None:
        with self._reached(), self._engine.begin() as connection:
            for record in records:
                connection.execute(RUNS.delete().where(RUNS.c.id == record.id))

    def close(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        """Turn what a database says into one line that names the store, never its password."""
        try:
            yield
        except SQLAlchemyError as error:
            reason = str(error.orig if isinstance(error, DatabaseError) else error).strip().partition("\n")[0]
            raise CtguardError(f"{self._shown}: {reason}", hint=_cure(reason)) from error


def _address(url: str) -> sa.URL:
    if "://" not in url:
        return sa.URL.create("sqlite", database=url)
    try:
        address = sa.make_url(url)
    except (SQLAlchemyError, ValueError) as error:
        raise CtguardError("the URL of the store cannot be read", hint=SPELLING) from error
    return address.set(drivername="postgresql+psycopg") if address.get_backend_name() == "postgresql" else address


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": WAIT})
    engine = sa.create_engine(url, connect_args={"timeout": WAIT})

    # Python's driver begins a transaction at the first write; ours begin at once, so that a migration or an
    # addition is whole, and two of them stand in line.
    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _check_file(path: Path, *, is_new: bool) -> None:
    """Refuse a file that is something else, and make a new one that nobody else may read."""
    if not is_new and not path.exists():
        raise CtguardError(
            f"{path}: there is no such store", hint="check the path; the first run that is kept makes it"
        )
    try:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        with path.open("rb") as file:
            head = file.read(len(SQLITE_HEADER))
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint="choose a place that can be written to") from error
    if head != SQLITE_HEADER and (head or not is_new):
        raise CtguardError(f"{path}: is no history of ctguard", hint="name another file; this one was left as it is")


def _cure(reason: str) -> str:
    cures = {
        "malformed": "restore it from a backup; move it away to begin a new one",
        "not a database": "restore it from a backup; move it away to begin a new one",
        "full": "make room; nothing was kept",
        "locked": "another process holds it; try again when it is done",
        "readonly": "make the file and its folder writable",
    }
    return next((cure for word, cure in cures.items() if word in reason), "check the store and its address")
