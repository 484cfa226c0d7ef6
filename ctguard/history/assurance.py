"""What held over a period: for each control, on which days it held, failed, or was not observed.

Of a day without a run nothing is known, so nothing held. The same goes for an account that other days show and
this one does not, for a run that could not read everything, and for one that was not asked every rule of a control.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Final

from msgspec import Struct

from ctguard.history.record import WAIVED, Outcome, Record


class Day(Enum):
    """What is known of a control on one day, worst first."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_OBSERVED = "not_observed"
    EXCEPTED = "excepted"
    HELD = "held"


ORDER: Final = tuple(Day)
OF_STATUS: Final = {"fail": Day.FAILED, "unknown": Day.UNKNOWN, WAIVED: Day.EXCEPTED, "pass": Day.HELD}


class Failure(Struct, frozen=True):
    """One failure on one day, and the run that shows it."""

    day: str
    run: str
    rule_id: str
    resource: str


class Span(Struct, frozen=True):
    """Days in a row of which the same is known, both ends included."""

    day: str
    until: str
    status: str


class Assurance(Struct, frozen=True):
    """What is known of one control over the whole period.

    `verdict` is `held` when it held on each day, or was excepted by a waiver; `failed` when it failed on one;
    else `not_proven`.
    """

    series: str
    framework: str
    control: str
    verdict: str
    spans: tuple[Span, ...]
    failures: tuple[Failure, ...]


class Statement(Struct, frozen=True):
    """The statement over a period, with the rule packs that were used."""

    since: str
    until: str
    rules_digests: tuple[str, ...]
    controls: tuple[Assurance, ...]


def assure(records: Sequence[Record], since: date, until: date, frameworks: Iterable[str] = ()) -> Statement:
    """Return what `records` prove of each control from `since` to `until`; of all frameworks when none is named."""
    wanted = tuple(frameworks) or ("*",)
    days = [since + timedelta(days=ahead) for ahead in range((until - since).days + 1)]
    by_series: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if since <= record.day <= until:
            by_series[record.series].append(record)
    found = [
        _of_control(series, pair, runs, days)
        for series, runs in sorted(by_series.items())
        for pair in sorted({pair for run in runs for pairs in run.controls.values() for pair in pairs})
        if any(fnmatchcase(pair[0], word) for word in wanted)
    ]
    digests = tuple(sorted({record.rules_digest for runs in by_series.values() for record in runs}))
    return Statement(since.isoformat(), until.isoformat(), digests, tuple(found))


def _of_control(series: str, pair: tuple[str, str], runs: Sequence[Record], days: Sequence[date]) -> Assurance:
    accounts = _accounts(runs)
    by_day: dict[date, list[Record]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: (run.started_at, run.id)):
        by_day[run.day].append(run)
    statuses = [_of_day(by_day[day], pair, accounts) for day in days]
    verdict = "held" if set(statuses) <= {Day.HELD, Day.EXCEPTED} else "not_proven"
    return Assurance(
        series,
        *pair,
        "failed" if Day.FAILED in statuses else verdict,
        _spans(days, statuses),
        tuple(failure for day in days for run in by_day[day] for failure in _failures(run, pair, day)),
    )


def _of_day(runs: Sequence[Record], pair: tuple[str, str], accounts: frozenset[str]) -> Day:
    """Say what the runs of one day know together; one that was cut short can show a failure and prove nothing."""
    if any(one.status == "fail" for run in runs for one in _outcomes(run, pair)):
        return Day.FAILED
    whole = [run for run in runs if run.is_whole]
    if runs and not whole:
        return Day.UNKNOWN
    asked = [run for run in whole if pair not in run.left_out]
    known = {OF_STATUS[one.status] for run in asked for one in _outcomes(run, pair) if one.status in OF_STATUS}
    if not known or not accounts <= _accounts(asked):
        known.add(Day.NOT_OBSERVED)
    return min(known, key=ORDER.index)


def _accounts(runs: Sequence[Record]) -> frozenset[str]:
    return frozenset(account for run in runs for account in run.accounts)


def _outcomes(run: Record, pair: tuple[str, str]) -> list[Outcome]:
    return [one for one in run.outcomes if pair in run.controls.get(one.rule_id, ())]


def _failures(run: Record, pair: tuple[str, str], day: date) -> list[Failure]:
    return [
        Failure(day.isoformat(), run.id, one.rule_id, one.resource)
        for one in _outcomes(run, pair)
        if one.status == "fail"
    ]


def _spans(days: Sequence[date], statuses: Sequence[Day]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for status, group in groupby(zip(days, statuses, strict=True), key=lambda pair: pair[1]):
        within = [day for day, _ in group]
        spans.append(Span(within[0].isoformat(), within[-1].isoformat(), status.value))
    return tuple(spans)


def counted(statement: Statement) -> Mapping[str, int]:
    """Return how many controls held, failed, and are not proven."""
    counts = {"held": 0, "failed": 0, "not_proven": 0}
    for one in statement.controls:
        counts[one.verdict] += 1
    return counts
