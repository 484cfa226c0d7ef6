"""Bring the tables of a SQL store up to date; a store of a newer ctguard is refused, not harmed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ctguard.model.errors import CtguardError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6374_6775
"""Any number that nobody else takes for an advisory lock: two that begin at once must not both make the tables."""


def upgrade(connection: sa.Connection, shown: str) -> None:
    """Make the tables, or bring them up to date, within the transaction of `connection`."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    known = ScriptDirectory.from_config(settings)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == known.get_current_head():
        return
    if current is not None and current not in {one.revision for one in known.walk_revisions()}:
        raise CtguardError(
            f"{shown}: was written by a newer ctguard (its tables are {current})", hint="use that version, or upgrade"
        )
    command.upgrade(settings, "head")
