"""Turn what was read of each account and region into the report: proven time, explained holes, spare log files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ctguard.logs.holes import DELIVERY, Circumstances, Explained, explain
from ctguard.logs.links import Cause, Count
from ctguard.logs.report import ChainReport
from ctguard.logs.survey import Chain, Survey
from ctguard.logs.times import HOUR, Moment, Stretch, iso, union, without
from ctguard.logs.verdict import Finding

_LATE_LOG = HOUR // 4
"""A log file may be delivered this long after the time in its name, and be in the next digest then."""


def chain_reports(survey: Survey, window: Stretch, circumstances: Circumstances) -> Iterator[ChainReport]:
    """Yield the report on the standard chain of a place, and on its backfill digests if it has any."""
    yield _standard(survey, window, circumstances)
    if survey.backfill is not None:
        chain = survey.backfill
        findings = [*chain.fold.findings, *chain.findings]
        yield _report(survey, "backfill", _proven(chain, window), chain.fold.count, chain.logs, 0, findings)


def _standard(survey: Survey, window: Stretch, circumstances: Circumstances) -> ChainReport:
    chain = survey.standard
    if survey.blocked is not None:
        error = Count(error=survey.listed)
        return _report(survey, "standard", [], error, chain.logs, 0, [survey.blocked])
    explained = [answer for hole in chain.fold.holes for answer in explain(hole, circumstances)]
    never = not chain.fold.periods and any(hole.cause is Cause.NOTHING for hole in chain.fold.holes)
    never = never or circumstances.shares_folder
    unlisted = [] if never else list(_unlisted(survey.spare, chain, explained, circumstances.now))
    count = replace(chain.fold.count, missing=chain.fold.count.missing + sum(answer.missing for answer in explained))
    findings = [*chain.fold.findings, *chain.findings, *(answer.finding for answer in explained), *unlisted]
    return _report(survey, "standard", _proven(chain, window), count, chain.logs, len(unlisted), findings)


def _report(
    survey: Survey,
    kind: str,
    proven: list[Stretch],
    digests: Count,
    logs: Count,
    unlisted: int,
    findings: list[Finding],
) -> ChainReport:
    account, region = survey.place.account_id, survey.place.region
    placed = [replace(finding, account_id=account, region=region) for finding in findings]
    placed.sort(key=Finding.sort_key)
    return ChainReport(account, region, kind, proven, digests, logs, unlisted, placed)


def _proven(chain: Chain, window: Stretch) -> list[Stretch]:
    covered = union(period.clipped(window) for period in chain.fold.periods)
    return [left for stretch in covered for left in without(stretch, chain.spoiled)]


def _unlisted(
    spare: Iterable[tuple[str, Moment]], chain: Chain, explained: list[Explained], now: Moment
) -> Iterator[Finding]:
    """Yield the spare log files whose digest is there, or should be."""
    due = [answer.finding.period for answer in explained if answer.due and answer.finding.period]
    decided = union([*chain.fold.periods, *chain.fold.claimed, *due])
    # Where nothing says that the trail stopped, the digest after the last one is due as well.
    last = max((period.end for period in chain.fold.periods), default=now)
    stopped = any(answer.finding.period and answer.finding.period.start == last for answer in explained)
    after = [Stretch(last, last + HOUR)] if last + HOUR + DELIVERY <= now and not stopped else []
    reached = union([*decided, *after])
    for key, moment in spare:
        if _within(moment, decided) and _within(moment + _LATE_LOG, reached):
            detail = f"delivered at {iso(moment)} by its name, but no digest lists it"
            yield Finding("log_unlisted", detail, key, Stretch(moment, moment))


def _within(moment: Moment, stretches: list[Stretch]) -> bool:
    return any(stretch.holds(moment) for stretch in stretches)
