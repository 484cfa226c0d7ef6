"""Verify chains: drive the surveys of all places, then judge them together.

Everything that a run needs is an argument: which places are expected, where the
objects are, which keys count, what time it is. Finding that out from AWS is the
work of `trail` and `live`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ctguard.logs.crew import Crew
from ctguard.logs.holes import Circumstances, Pause, TrailState
from ctguard.logs.judge import chain_reports
from ctguard.logs.keys import KeyRing
from ctguard.logs.naming import Place
from ctguard.logs.report import ChainReport, Report
from ctguard.logs.survey import Memory, OlderKeys, Survey, Surveyor
from ctguard.logs.times import HOUR, Moment, Stretch
from ctguard.logs.verdict import Finding

_LEAST_PLACES = 4
_DIGESTS_HELD = 20_000
"""A surveyor holds about a kilobyte for each digest of its place until the place is done."""

Progress = Callable[[int, int], None]
"""Called with the number of objects done and the number of those known to be needed."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be verified, and what is known beside the objects.

    `places` are the accounts and regions that are expected to have a chain, and
    those that were found to have one. `states` and `pauses` come from the trail's
    status; `findings` is what stood in the way of finding the places.
    """

    trail_arn: str
    window: Stretch
    places: Sequence[Place]
    now: Moment
    ring: KeyRing
    states: Mapping[str, TrailState] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
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
    waiting = deque(enumerate(assignment.places))
    active: dict[int, Surveyor] = {}
    surveys: list[Survey] = []
    done = 0
    while waiting or active:
        _hand_out(crew, active)
        if waiting and crew.room > 0 and len(active) < side_by_side:
            number, place = waiting.popleft()
            active[number] = Surveyor(number, place, assignment.window, assignment.ring, memory, assignment.older_keys)
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


def report_on(assignment: Assignment, surveys: Iterable[Survey]) -> Report:
    """Judge what was read; what paused one chain is read in the logs of another."""
    surveys = list(surveys)
    chains: list[ChainReport] = []
    for survey in surveys:
        circumstances = Circumstances(
            now=assignment.now,
            pauses=assignment.pauses,
            state=assignment.states.get(survey.place.region, TrailState()),
        )
        chains += chain_reports(survey, assignment.window, circumstances)
    return Report(
        trail_arn=assignment.trail_arn,
        window=assignment.window,
        chains=chains,
        keys=assignment.ring.all(),
        findings=list(assignment.findings),
    )
