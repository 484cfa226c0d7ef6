"""A series of runs in brief, for pictures of how it went."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Point(Struct, frozen=True):
    """One run of a series: its counts by status, its failures by severity, and its trails by verdict."""

    run: str
    series: str
    started_at: str
    summary: Mapping[str, int]
    severities: Mapping[str, int]
    trails: Mapping[str, int]
