"""Judgements on whether what a trail records arrives: errors of its deliveries, and how old the last one is.

Sources: CloudTrail API Reference, "GetTrailStatus" (an error is that of the last attempt and is gone with the next
success; a deadline that passes leaves none) and CloudTrail User Guide (failed deliveries are retried for 30 days).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.moments import moment, observed_at, written
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown

RETRIED_FOR: Final = timedelta(days=30)
ERROR: Final = "latest_delivery_error"
LAST: Final = "latest_delivery_time"
SINCE: Final = "start_logging_time"


def delivers_without_error(context: Context) -> Outcome:
    """The last delivery of log files met no error; of one that did, say from when on files are lost for good."""
    trail = context.resource
    status, unknown = stands(trail[ERROR], "set", False)
    because = _loss(context) if status is Status.FAIL else str(unknown or "")
    return _outcome(trail, ERROR, "no error", status, because, unknown)


def delivered_lately(context: Context, attribute: str, hours: int) -> Outcome:
    """The delivery whose time the attribute holds is no older than some hours, as seen when the account was asked.

    A trail that logs for less than that may not have had anything to deliver yet.
    """
    trail = context.resource
    expected = f"within {hours} hours"
    now, last, since = observed_at(context), _told(trail, attribute), _told(trail, SINCE)
    for one in (last, now):
        if isinstance(one, Unknown):
            return _outcome(trail, attribute, expected, Status.UNKNOWN, str(one), one)
    assert isinstance(now, datetime)
    limit = now - timedelta(hours=hours)
    if isinstance(last, datetime) and last >= limit:
        return _outcome(trail, attribute, expected, Status.PASS, f"seen at {written(now)}")
    doubt = _too_young(trail, since, limit, delivered=last is not None)
    if doubt is not None:
        return _outcome(trail, attribute, expected, Status.UNKNOWN, str(doubt), doubt)
    return _outcome(trail, attribute, expected, Status.FAIL, f"seen at {written(now)}")


def _too_young(
    trail: Resource, since: datetime | Unknown | None, limit: datetime, *, delivered: bool
) -> Unknown | None:
    """Return why a trail without a delivery since `limit` may still be in order, or None when it is not."""
    what = f"{trail.address}.{SINCE}"
    if isinstance(since, Unknown):
        return since
    if since is None:
        return (
            None if delivered else Unknown(what, "is not told, so whether there was anything to deliver is not known")
        )
    return (
        None if since <= limit else Unknown(what, f"is {written(since)}, too late to tell", "look again in a few hours")
    )


def _loss(context: Context) -> str:
    """Say from when on what could not be delivered is lost."""
    last, now = _told(context.resource, LAST), observed_at(context)
    if not isinstance(last, datetime):
        return f"CloudTrail tries again for {RETRIED_FOR.days} days, then the files are lost"
    final = last + RETRIED_FOR
    if isinstance(now, datetime) and final <= now:
        return f"nothing was delivered since {written(last)}: the first files are lost for good since {written(final)}"
    return f"the last delivery was at {written(last)}: what came after it is lost for good from {written(final)} on"


def _told(trail: Resource, attribute: str) -> datetime | Unknown | None:
    return moment(trail[attribute], f"{trail.address}.{attribute}")


def _outcome(
    trail: Resource, attribute: str, expected: str, status: Status, because: str, unknown: Unknown | None = None
) -> Outcome:
    leaf = Leaf(attribute, expected, shown(trail[attribute]), status, because, trail.where(attribute))
    return Outcome(status, (leaf,), (unknown,) if unknown and status is Status.UNKNOWN else ())


LOOKS_AT: Final = {
    "delivers_without_error": frozenset({ERROR}),
    "delivered_lately": frozenset({LAST, "latest_cloud_watch_logs_delivery_time"}),
}
