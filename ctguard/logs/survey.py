"""What is kept of one account and region while it is read, and what is left of it afterwards.

A survey holds a few facts of a digest and nothing of a good log file, so that
memory does not grow with the size of the logs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ctguard.logs.checkpoint import Record
from ctguard.logs.digest import Sound
from ctguard.logs.links import Count, Fold, ObjectId, Reading
from ctguard.logs.naming import Place
from ctguard.logs.times import Moment, Stretch
from ctguard.logs.verdict import Finding


@dataclass(slots=True)
class Sheet:
    """One chain of a place as it was read: the standard one, or its backfill digests."""

    readings: dict[ObjectId, Reading] = field(default_factory=dict)
    logs: Count = field(default_factory=Count)
    findings: list[Finding] = field(default_factory=list)
    spoiled: list[Stretch] = field(default_factory=list)


@dataclass(slots=True)
class Slot:
    """What is kept of a digest for its log files."""

    digest: Sound
    sheet: Sheet
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain as it was read and folded; `spoiled` is the time of digests whose log files are not all good."""

    fold: Fold
    logs: Count
    findings: list[Finding]
    spoiled: list[Stretch]


@dataclass(frozen=True, slots=True)
class Survey:
    """What was read of one account and region of a trail.

    `spare` are the log files of the window that no digest lists, with their
    times. `begins`: no digest is older than the window. `blocked`: why nothing
    could be read at all; `listed` is how many digests there are then.
    """

    place: Place
    standard: Chain
    backfill: Chain | None
    records: list[Record]
    spare: list[tuple[str, Moment]]
    begins: bool
    blocked: Finding | None
    listed: int

    @property
    def found_any(self) -> bool:
        """Whether there is any sign of this trail's chain."""
        return self.blocked is not None or self.listed > 0


def chain_of(folded: Fold, sheet: Sheet) -> Chain:
    """Return what is left of a chain: it does not grow with the number of its digests."""
    return Chain(replace(folded, believed=frozenset()), sheet.logs, sheet.findings, sheet.spoiled)
