"""How the counts of a series went over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ctguard.history.record import Record
from ctguard.model.trend import Point


def trend(records: Iterable[Record]) -> list[Point]:
    """Return a point for each of `records`, in their order."""
    return [
        Point(
            run=record.id,
            series=record.series,
            started_at=record.started_at,
            summary=record.summary,
            severities=dict(sorted(Counter(one.severity for one in record.outcomes if one.status == "fail").items())),
            trails=dict(sorted(Counter(verdict for _, verdict in record.trails).items())),
        )
        for record in records
    ]
