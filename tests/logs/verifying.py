"""Verify a forged archive in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ctguard.logs.crew import ThreadCrew
from ctguard.logs.holes import TrailState
from ctguard.logs.keys import KeyRing
from ctguard.logs.naming import Place, TrailName
from ctguard.logs.report import Report
from ctguard.logs.store import Patience, Store
from ctguard.logs.tampering import WANTED, Resources
from ctguard.logs.times import Moment, Stretch
from ctguard.logs.verdict import Finding
from ctguard.logs.verify import Assignment, verify
from ctguard.logs.work import Kit
from tests.logs.forge import ACCOUNT, ARN, HOME, LATER, TRAIL, ForgedChain, public_key


def check(
    *chains: ForgedChain,
    window: Stretch | None = None,
    now: Moment = LATER,
    ring: KeyRing | None = None,
    store: Store | None = None,
    places: Sequence[Place] | None = None,
    workers: int = 4,
    memory: Any = None,
    states: Mapping[str, TrailState] | None = None,
    **known: Any,
) -> Report:
    """Return the report on `chains`, all of which are expected, over the time of the first one."""
    ring = KeyRing.of(public_key(region=chain.place.region) for chain in chains) if ring is None else ring
    assignment = Assignment(
        resources=Resources(TrailName("aws", HOME, ACCOUNT, TRAIL), ARN, bucket=chains[0].place.bucket),
        window=window or chains[0].window,
        places=[chain.place for chain in chains] if places is None else places,
        now=now,
        ring=ring,
        state_of=lambda _, region: (states or {}).get(region, TrailState()),
        **known,
    )
    kit = Kit(store or chains[0].archive, ring, now, WANTED, Patience(pause=0))
    with ThreadCrew(kit, workers) as crew:
        return verify(assignment, crew, memory=memory)


def kinds(report: Report) -> list[str]:
    return [finding.kind for finding in report.all_findings()]


def only(report: Report) -> Finding:
    """Return the only finding."""
    found = report.all_findings()
    assert len(found) == 1, [(finding.kind, finding.object, finding.detail) for finding in found]
    return found[0]
