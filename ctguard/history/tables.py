"""The tables of a SQL store as they are now; `migrations/` says how they came to be."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

RUNS: Final = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("series", sa.Text, nullable=False),
    sa.Column("started_at", sa.String(32), nullable=False),  # ISO 8601 in UTC, so that it sorts
    sa.Column("digest", sa.String(80), nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Index("runs_by_series_and_time", "series", "started_at"),
)
