"""Check one log file against the hash that a digest names, in a stream."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from ctguard.logs.inflate import LOG_BOUND, Flaw, Inflater
from ctguard.logs.records import NameSearch, records_named

_KEPT = 128 << 10
"""A compressed log file up to this size is held until it is judged, to take its records from."""

_FLAW_KIND = {
    Flaw.NOT_GZIP: "log_modified",
    Flaw.DAMAGED: "log_modified",
    Flaw.TRAILING: "log_modified",
    Flaw.BREAKS_OFF: "log_corrupt",
    Flaw.TOO_LARGE: "log_too_large",
}


@dataclass(frozen=True, slots=True)
class LogReading:
    """What reading one log file gave: `kind` is None when it is what its digest says.

    `records` are the wanted API calls in a good one; None when it has some, and
    was too large to be held: then it must be read once more for them.
    """

    kind: str | None
    detail: str = ""
    records: tuple[dict[str, Any], ...] | None = ()
    evidence: Hashable = None


class LogCheck:
    """Hashes one log file as it arrives, and looks for the calls in `wanted` meanwhile."""

    __slots__ = ("_expected", "_hash", "_inflater", "_kept", "_search", "_wanted")

    def __init__(self, expected: str, wanted: frozenset[str]) -> None:
        self._expected = expected
        self._wanted = wanted
        self._hash = hashlib.sha256()
        self._inflater = Inflater(LOG_BOUND)
        self._search = NameSearch(wanted)
        self._kept: list[bytes] | None = []

    def feed(self, chunk: bytes) -> bool:
        """Take the next bytes of the object; return whether more of it can matter."""
        for step in self._inflater.feed(chunk):
            self._hash.update(step)
            self._search.feed(step)
        if self._kept is not None:
            self._kept.append(chunk)
            if self._inflater.received > _KEPT:
                self._kept = None
        return self._inflater.flaw is None

    def judge(self) -> LogReading:
        """Return what the whole object is."""
        flaw = self._inflater.close()
        found = self._hash.hexdigest()
        evidence = (flaw, self._inflater.received, found)
        if flaw is not None:
            bound = f" of {LOG_BOUND}" if flaw is Flaw.TOO_LARGE else ""
            return LogReading(_FLAW_KIND[flaw], f"the log file {flaw}{bound}", evidence=evidence)
        if found != self._expected:
            return LogReading(
                "log_modified", f"its SHA-256 is {found}, its digest says {self._expected}", evidence=evidence
            )
        if not self._search.found:
            return LogReading(None)
        return LogReading(None, records=None if self._kept is None else wanted_records(self._wanted, iter(self._kept)))


def wanted_records(wanted: frozenset[str], chunks: Iterator[bytes]) -> tuple[dict[str, Any], ...]:
    """Return the records of a log file, given as compressed chunks, that name a wanted call."""
    inflater = Inflater(LOG_BOUND)
    return tuple(records_named(wanted, (step for chunk in chunks for step in inflater.feed(chunk))))
