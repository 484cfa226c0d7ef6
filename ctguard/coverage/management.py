"""Which management events selectors record: reads and writes, of KMS, of the RDS Data API and of everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.coverage.answers import Answer, event_of
from ctguard.coverage.event_names import MANAGEMENT_EVENTS, access_of
from ctguard.coverage.matching import Fields
from ctguard.coverage.selectors import SelectorSet
from ctguard.coverage.space import Candidate, Decision, Texts, decide, text_candidates
from ctguard.model.logic import Status, all_hold

Access: TypeAlias = Literal["read", "write"]
ACCESSES: tuple[Access, ...] = ("read", "write")

SOURCES: tuple[str, ...] = ("kms.amazonaws.com", "rdsdata.amazonaws.com", "")
"""Event sources that a trail may leave out, and all others together (the empty text)."""

GLOBAL_SOURCES = ("iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com")
"""Services whose events are recorded in one region (user guide, "Global service events")."""

_READ_ONLY = {"read": "true", "write": "false"}
_EVENT_TYPES = ("AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn")


class ManagementCoverage(Struct, frozen=True):
    """An answer for each cell, keyed by (access, source); see `SOURCES` for the sources."""

    cells: Mapping[tuple[Access, str], Answer]

    def of(self, access: Access) -> Answer:
        """Return whether all events of this access are recorded."""
        return joined([self.cells[access, source] for source in SOURCES])

    @property
    def everything(self) -> Answer:
        """Whether all management events are recorded."""
        return joined([self.of(access) for access in ACCESSES])

    def excluded_sources(self) -> tuple[str, ...]:
        """Return the named sources some of whose events are not recorded."""
        missing = (
            source
            for source in SOURCES
            if source and any(self.cells[access, source].status is Status.FAIL for access in ACCESSES)
        )
        return tuple(missing)


@lru_cache(maxsize=1024)  # most trails have the same selectors
def management_coverage(*selector_sets: SelectorSet) -> ManagementCoverage:
    """Return which management events are recorded by at least one of the sets."""
    return ManagementCoverage(
        {(access, source): _cell(selector_sets, access, source) for access in ACCESSES for source in SOURCES}
    )


def joined(answers: Sequence[Answer]) -> Answer:
    """Return the answer for all of `answers` together: the first that breaks it, else the first in doubt."""
    status = all_hold(answer.status for answer in answers)
    return next(answer for answer in answers if answer.status is status)


def _cell(selector_sets: Sequence[SelectorSet], access: Access, source: str) -> Answer:
    decision = decide(selector_sets, _space(selector_sets, access, source))
    if decision.missed and not _names_tested(selector_sets):
        decision = replace(decision, missed=_familiar(decision.missed, access))
    subject = f"{access} management events of {source or 'all other sources'}"
    return answer_for(decision, subject)


def _names_tested(selector_sets: Sequence[SelectorSet]) -> bool:
    tests = (test for group in selector_sets for selector in group.selectors for test in selector.tests)
    return any(test.field == "eventName" for test in tests)


def _familiar(fields: Fields, access: Access) -> Fields:
    """Return the same event with a name that its source really has, where we know one."""
    names = MANAGEMENT_EVENTS.get(str(fields["eventSource"]), {}).get(access, ())
    return {**fields, "eventName": names[0]} if names else fields


def answer_for(decision: Decision, subject: str) -> Answer:
    """Put a decision about every event of `subject` into words."""
    if decision.every is Status.PASS:
        return Answer(Status.PASS, f"all {subject} are recorded", some=Status.PASS)
    if decision.every is Status.UNKNOWN or decision.missed is None:
        because = decision.because or "a selector holds a value that is not known"
        return Answer(Status.UNKNOWN, f"whether all {subject} are recorded is not known: {because}", some=decision.some)
    kind = "not all" if decision.some is Status.PASS else "no" if decision.some is Status.FAIL else "not all"
    return Answer(Status.FAIL, f"{kind} {subject} are recorded", event_of(decision.missed), decision.some)


def _space(selector_sets: Sequence[SelectorSet], access: Access, source: str) -> dict[str, list[Candidate]]:
    return {
        "eventCategory": [Candidate("Management")],
        "eventSource": [Candidate(source)] if source else _other_sources(selector_sets),
        "eventName": _names(selector_sets, access, source),
        "readOnly": [Candidate(_READ_ONLY[access])],
        "eventType": [Candidate(kind) for kind in _EVENT_TYPES],
        "userIdentity.arn": [
            Candidate(None),
            *text_candidates("userIdentity.arn", Texts("arn:"), selector_sets),
        ],
        "sessionCredentialFromConsole": [Candidate(None), Candidate("true")],
    }


def _other_sources(selector_sets: Sequence[SelectorSet]) -> list[Candidate]:
    real = [Candidate(source) for source in MANAGEMENT_EVENTS if source not in SOURCES]
    found = real + text_candidates("eventSource", Texts(suffix=".amazonaws.com"), selector_sets)
    return [candidate for candidate in found if candidate.value not in SOURCES]


def _names(selector_sets: Sequence[SelectorSet], access: Access, source: str) -> list[Candidate]:
    real = list(MANAGEMENT_EVENTS.get(source or "cloudtrail.amazonaws.com", {}).get(access, ()))
    listed = {name for events in MANAGEMENT_EVENTS.values() for names in events.values() for name in names}
    if not source:
        real += [name for other, events in MANAGEMENT_EVENTS.items() if other not in SOURCES for name in events[access]]
    found = text_candidates("eventName", Texts(), selector_sets)
    return [Candidate(name) for name in dict.fromkeys(real)] + [
        Candidate(candidate.value, doubtful=bool(source) or access_of(str(candidate.value)) != access)
        for candidate in found
        if candidate.value not in listed and access_of(str(candidate.value)) in (None, access)
    ]
