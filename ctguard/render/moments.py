"""Moments of a run, for formats that take nothing but a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(stamp: str) -> datetime | None:
    """Return the moment that a run names, in UTC; None where a saved run holds something else."""
    try:
        found = datetime.fromisoformat(stamp)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def iso(stamp: str) -> str:
    """Return the moment as ISO 8601 in UTC; the epoch where there is none."""
    return (moment(stamp) or EPOCH).isoformat(timespec="seconds").replace("+00:00", "Z")


def milliseconds(stamp: str) -> int:
    """Return the moment as milliseconds since the epoch; 0 where there is none."""
    return int((moment(stamp) or EPOCH).timestamp() * 1000)
