"""Verify chains: drive the surveys of all places, then judge them together.

Everything that a run needs is an argument: which places are expected, where the
objects are, which keys count, what time it is. Finding that out from AWS is the
work of `trail` and `live`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ctguard.logs.checkpoint import Memory
from ctguard.logs.crew import Crew
from ctguard.logs.holes import Circumstances, Pause, TrailState
from ctguard.logs.judge import chain_reports
from ctguard.logs.keys import KeyRing
from ctguard.logs.links import Cause
from ctguard.logs.naming import Place
from ctguard.logs.report import ChainReport, Report
from ctguard.logs.survey import Survey
from ctguard.logs.surveyor import OlderKeys, Surveyor
from ctguard.logs.tampering import Resources, recorded_pauses, tamper_events
from ctguard.logs.times import HOUR, Moment, Stretch
from ctguard.logs.verdict import Finding

_LEAST_PLACES = 4
_DIGESTS_HELD = 20_000
"""A surveyor holds about a kilobyte for each digest of its place until the place is done."""

Progress = Callable[[int, int], None]
"""Called with the number of objects done and the number of those known to be needed."""


_SHARED = (
    "another trail writes to the same folder without digest files: log files that no digest lists are not reported"
)

StateOf = Callable[[str, str], TrailState]
"""Tells how the trail fares in an account and region."""


def _nothing_known(account_id: str, region: str) -> TrailState:
    return TrailState()


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be verified, and what is known beside the objects.

    `places` must have a chain, `found` may have one. `state_of` is asked only for
    chains that need it. `findings` is what stood in the way of finding the places.
    """

    resources: Resources
    window: Stretch
    places: Sequence[Place]
    now: Moment
    ring: KeyRing
    found: Sequence[Place] = ()
    pauses: tuple[Pause, ...] = ()
    state_of: StateOf = _nothing_known
    shares_folder: bool = False
    findings: tuple[Finding, ...] = ()
    older_keys: OlderKeys | None = None


def verify(
    assignment: Assignment, crew: Crew, *, memory: Memory | None = None, progress: Progress | None = None
) -> Report:
    """Return what holds of every chain of `assignment`; the crew's kit has the store and the keys."""
    surveys = survey_all(assignment, crew, memory, progress)
    return report_on(assignment, surveys)


def survey_all(
    assignment: Assignment, crew: Crew, memory: Memory | None = None, progress: Progress | None = None
) -> list[Survey]:
    """Read all places, several at a time: as many as it takes to keep the crew busy, and memory allows."""
    hours = (assignment.window.end - assignment.window.start) // HOUR
    side_by_side = max(_LEAST_PLACES, _DIGESTS_HELD // max(1, hours))
    waiting = deque(enumerate([*assignment.places, *assignment.found]))
    active: dict[int, Surveyor] = {}
    surveys: list[Survey] = []
    done = 0
    while waiting or active:
        _hand_out(crew, active)
        if waiting and crew.room > 0 and len(active) < side_by_side:
            number, place = waiting.popleft()
            active[number] = Surveyor(
                number,
                place,
                assignment.window,
                assignment.ring,
                memory,
                assignment.older_keys,
                expected=number < len(assignment.places),
            )
            continue
        task, result = crew.next_done()
        active[task.owner].take(task, result)
        done += 1
        if progress is not None:
            progress(done, len(waiting))
        if active[task.owner].done:
            surveys.append(active.pop(task.owner).result())
    return sorted(surveys, key=lambda survey: (survey.place.account_id, survey.place.region, survey.place.root))


def _hand_out(crew: Crew, active: Mapping[int, Surveyor]) -> None:
    for surveyor in active.values():
        while crew.room > 0 and (task := surveyor.next_task()) is not None:
            crew.submit(task)


def report_on(assignment: Assignment, surveys: Sequence[Survey]) -> Report:
    """Judge what was read; what paused one chain is read in the logs of another."""
    expected = set(assignment.places)
    surveys = [survey for survey in surveys if survey.place in expected or survey.found_any]
    records = [record for survey in surveys for record in survey.records]
    pauses = (*assignment.pauses, *recorded_pauses(records, assignment.resources))
    chains: list[ChainReport] = []
    for survey in surveys:
        place = survey.place
        open_end = any(hole.cause in (Cause.TAIL, Cause.NOTHING) for hole in survey.standard.fold.holes)
        state = assignment.state_of(place.account_id, place.region) if open_end else TrailState()
        circumstances = Circumstances(assignment.now, pauses, state, survey.begins, assignment.shares_folder)
        chains += chain_reports(survey, assignment.window, circumstances)
    return Report(
        trail_arn=assignment.resources.arn,
        window=assignment.window,
        chains=chains,
        keys=assignment.ring.all(),
        findings=list(assignment.findings),
        tamper_events=tamper_events(records, assignment.resources),
        notes=[_SHARED] if assignment.shares_folder and any(survey.spare for survey in surveys) else [],
    )
