"""How far back an archive reaches, by listing alone: the days with log files, and the days without.

A quiet region has days without log files, but CloudTrail delivers a digest every
hour: a day counts as there when it has either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ctguard.logs.naming import Place
from ctguard.logs.store import Patience, ReadError, Store, persistently
from ctguard.logs.verdict import Finding

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DepthRow:
    """The days of one account and region; `missing` are days of the wanted time with neither logs nor digests."""

    account_id: str
    region: str
    first_day: date | None
    last_day: date | None
    days_with_logs: int
    quiet_days: int
    missing: list[tuple[date, date]]

    @property
    def status(self) -> str:
        """`complete`, `young` when nothing but the time before the first day is missing, `incomplete`, `empty`."""
        if self.first_day is None:
            return "empty"
        if not self.missing:
            return "complete"
        return "young" if len(self.missing) == 1 and self.missing[0][1] < self.first_day else "incomplete"

    def as_json(self) -> dict[str, Any]:
        return {
            "account_id": self.account_id,
            "region": self.region,
            "status": self.status,
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "days_with_logs": self.days_with_logs,
            "quiet_days": self.quiet_days,
            "missing": [[start.isoformat(), end.isoformat()] for start, end in self.missing],
        }


@dataclass(frozen=True, slots=True)
class Depth:
    """What an archive holds of the days from `since` to `until`."""

    trail_arn: str
    since: date
    until: date
    rows: list[DepthRow]
    findings: list[Finding]

    @property
    def exit_status(self) -> int:
        """Return 0 when every day of every account and region is there, 2 when that could not be seen."""
        if self.findings:
            return 2
        return 0 if self.rows and all(row.status == "complete" for row in self.rows) else 1

    def as_json(self) -> dict[str, Any]:
        whole = bool(self.rows) and all(row.status == "complete" for row in self.rows)
        return {
            "status": "error" if self.findings else "complete" if whole else "incomplete",
            "trail_arn": self.trail_arn,
            "window": {"start": self.since.isoformat(), "end": self.until.isoformat()},
            "chains": [row.as_json() for row in self.rows],
            "findings": [finding.as_json() for finding in self.findings],
        }


def measure(
    arn: str, places: Iterable[Place], store: Store, since: date, until: date, problems: Sequence[Finding] = ()
) -> Depth:
    """Return which days from `since` to `until` the archive holds for each of `places`."""
    rows: list[DepthRow] = []
    findings = list(problems)
    patience = Patience()
    with ThreadPoolExecutor(16) as pool:
        asked = [
            (place, [pool.submit(_days, store, place.bucket, folder, patience) for folder in _folders(place)])
            for place in places
        ]
        for place, (logs, digests) in asked:
            try:
                rows.append(_row(place, logs.result(), digests.result(), since, until))
            except ReadError as error:
                detail = f"the days cannot be listed: {error.detail}"
                findings.append(Finding(error.kind, detail, place.log_folder, None, place.account_id, place.region))
    return Depth(arn, since, until, rows, findings)


def _folders(place: Place) -> tuple[str, str]:
    return (place.log_folder, place.digest_folder)


def _row(place: Place, logs: set[date], digests: set[date], since: date, until: date) -> DepthRow:
    there = logs | digests
    missing = [day for day in _range(since, until) if day not in there]
    return DepthRow(
        account_id=place.account_id,
        region=place.region,
        first_day=min(there, default=None),
        last_day=max(there, default=None),
        days_with_logs=sum(since <= day <= until for day in logs),
        quiet_days=sum(since <= day <= until for day in digests - logs),
        missing=_stretches(missing),
    )


def _days(store: Store, bucket: str, folder: str, patience: Patience) -> set[date]:
    """Return the days that have objects, one listing a month."""

    def names(prefix: str) -> list[str]:
        return [name for name in persistently(lambda: store.folders(bucket, prefix), patience) if name.isdigit()]

    found = set()
    for year in names(folder):
        for month in names(f"{folder}{year}/"):
            for day in names(f"{folder}{year}/{month}/"):
                try:
                    found.add(date(int(year), int(month), int(day)))
                except ValueError:
                    continue  # a folder of somebody else's
    return found


def _range(since: date, until: date) -> list[date]:
    return [since + _ONE_DAY * number for number in range((until - since).days + 1)]


def _stretches(days: list[date]) -> list[tuple[date, date]]:
    stretches: list[tuple[date, date]] = []
    for day in days:
        if stretches and stretches[-1][1] + _ONE_DAY == day:
            stretches[-1] = (stretches[-1][0], day)
        else:
            stretches.append((day, day))
    return stretches


def months_before(day: date, months: int) -> date:
    """Return the same day `months` earlier, or the last day of that month."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - _ONE_DAY).day
    return date(year, month + 1, min(day.day, last))


def today() -> date:
    return datetime.now(UTC).date()
