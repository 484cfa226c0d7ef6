"""Moments as whole seconds, and stretches of time with the set algebra that coverage needs.

Every time that CloudTrail writes into a digest or a key is UTC with a precision
of a second at best, so a moment is an int: seconds since 1970. What a stretch
means (proven, paused, missing) is for others to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

Moment: TypeAlias = int

HOUR = 3600
DAY = 24 * HOUR

_DIGEST_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_KEY_FORM = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z", re.ASCII)


class Stretch(NamedTuple):
    """The time from `start` up to `end`."""

    start: Moment
    end: Moment

    def clipped(self, to: Stretch) -> Stretch:
        """Return the part within `to`; what lies outside shrinks to nothing at the nearer edge."""
        start = min(max(self.start, to.start), to.end)
        return Stretch(start, max(start, min(self.end, to.end)))

    def touches(self, other: Stretch) -> bool:
        """Return whether the two share a moment, edges included."""
        return self.start <= other.end and other.start <= self.end

    def holds(self, moment: Moment) -> bool:
        """Return whether `moment` lies within, the end excluded."""
        return self.start <= moment < self.end


def from_digest(text: str) -> Moment:
    """Return the moment that a digest field names; ValueError when it is not of CloudTrail's form."""
    if not _DIGEST_FORM.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a time of the form YYYY-MM-DDTHH:MM:SSZ")
    return int(datetime.fromisoformat(text).timestamp())


def from_key(text: str) -> Moment | None:
    """Return the moment in an object's name (YYYYMMDDTHHMM[SS]Z), None when there is no such time."""
    match = _KEY_FORM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        return None


def from_user(text: str) -> Moment:
    """Return the moment that a person wrote in ISO 8601; without an offset it is UTC. ValueError otherwise."""
    moment = datetime.fromisoformat(text.strip())
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def iso(moment: Moment) -> str:
    """Return `moment` as reports and digests write it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def compact(moment: Moment) -> str:
    """Return `moment` as names of digest files write it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def day_path(moment: Moment) -> str:
    """Return the folder of the day that holds `moment`: YYYY/MM/DD."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y/%m/%d")


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the same time as disjoint stretches in order; those that touch become one."""
    joined: list[Stretch] = []
    for stretch in sorted(stretches):
        if stretch.end <= stretch.start:
            continue
        if joined and stretch.start <= joined[-1].end:
            joined[-1] = Stretch(joined[-1].start, max(joined[-1].end, stretch.end))
        else:
            joined.append(stretch)
    return joined


def without(whole: Stretch, taken: Iterable[Stretch]) -> list[Stretch]:
    """Return what is left of `whole` when `taken` is taken away, as disjoint stretches in order."""
    left: list[Stretch] = []
    cursor = whole.start
    for stretch in union(part.clipped(whole) for part in taken):
        if stretch.start > cursor:
            left.append(Stretch(cursor, stretch.start))
        cursor = stretch.end
    if cursor < whole.end:
        left.append(Stretch(cursor, whole.end))
    return left
