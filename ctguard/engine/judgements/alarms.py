"""Judgements on alarms: would the one event that a metric filter has waited for set them off?

Sources: CloudWatch User Guide, "Using Amazon CloudWatch alarms" (how states are evaluated, missing data);
CloudWatch Logs User Guide, "Creating metrics from log events using filters" (metric value, default value, dimensions).
A default value is published for each minute in which events arrive and none matches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from ctguard.coverage.partial_text import equals
from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.regions import region_of, same_region
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, PartialText, Unknown, Value, first_unknown

MINUTE: Final = 60
CROSSES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
}
BELOW: Final = frozenset({"LessThanThreshold", "LessThanOrEqualToThreshold"})
NOT_JUDGED: Final = {
    "evaluation_criteria": "a query decides, which is not judged",
    "metrics": "an expression over metrics decides, which is not judged",
    "evaluation_window": "a window of its own decides, which is not judged",
}
"""What takes the place of threshold, statistic and period; set, it makes the alarm undecided."""


class Check(Struct, frozen=True):
    """One thing that must hold for an event to set the alarm off."""

    path: str
    expected: str
    actual: str
    status: Status
    unknown: Unknown | None = None


class Feed(Struct, frozen=True):
    """What one metric filter publishes: a value for each event, and perhaps another for quiet minutes."""

    metric_filter: Resource
    values: Mapping[str, Value]
    namespace_is_read: bool | None
    name_is_read: bool | None

    @property
    def is_read(self) -> bool | None:
        both = (self.namespace_is_read, self.name_is_read, True if self.metric_filter.exists is None else None)
        return False if False in both else None if None in both else True


def reads_a_filter(context: Context) -> Outcome:
    """Some metric filter of the input publishes a metric of this name, in whatever namespace."""
    answers = [feed.name_is_read for feed in _feeds(context)] + [None] * len(_unseen(context))
    status = Status.PASS if True in answers else Status.UNKNOWN if None in answers else Status.FAIL
    alarm = context.resource
    leaf = Leaf(
        "metric_name", "a metric of a filter", shown(alarm["metric_name"]), status, "", alarm.where("metric_name")
    )
    lacking = tuple(_lacking(context)) if status is Status.UNKNOWN else ()
    return Outcome(status, (leaf,), lacking)


def one_event_trips_it(context: Context) -> Outcome:
    """One matching event sets the alarm off, whichever of its filters sees it, and quiet does not."""
    alarm = context.resource
    feeds = [feed for feed in _feeds(context) if feed.is_read is not False]
    checks = [*dict.fromkeys(check for feed in feeds for check in trip_checks(alarm, feed))] or [*_undecided(alarm)]
    if not any(feed.is_read for feed in feeds):
        checks.append(_no_feed(context, feeds))
    elif not checks:
        checks.append(Check("alarm", "set off by one event", "it is", Status.PASS))
    status = all_hold(check.status for check in checks)
    ordered = sorted(checks, key=lambda check: check.status is not status)
    leaves = tuple(
        Leaf(one.path, one.expected, one.actual, one.status, str(one.unknown or ""), alarm.where(one.path))
        for one in ordered
    )
    lacking = tuple(dict.fromkeys(one.unknown for one in checks if one.unknown and one.status is Status.UNKNOWN))
    return Outcome(status, leaves, lacking if status is Status.UNKNOWN else (), _witness(ordered[0]))


def _feeds(context: Context) -> Iterator[Feed]:
    alarm = context.resource
    filters = context.inventory.follow(alarm, "metric_filters")
    for one in filters if isinstance(filters, list) else []:
        if isinstance(one, Resource):
            yield from feeds_from(one, alarm)


def feeds_from(metric_filter: Resource, alarm: Resource) -> Iterator[Feed]:
    """Yield what a metric filter publishes, and whether the alarm reads it."""
    transformations = metric_filter["metric_transformations"]
    items = transformations.items if isinstance(transformations, PartialList) else transformations
    for item in items if isinstance(items, list | tuple) else []:
        if isinstance(item, dict):
            yield Feed(
                metric_filter,
                item,
                _same(alarm["namespace"], item.get("metric_namespace")),
                _same(alarm["metric_name"], item.get("metric_name")),
            )


def trip_checks(alarm: Resource, feed: Feed) -> list[Check]:
    """Return what must hold for one event that the feed's filter counts to set the alarm off.

    Where nobody can say whether the alarm reads this metric, nothing fails for certain but that it is elsewhere.
    """
    found = [*_undecided(alarm), *_of_feed(alarm, feed)]
    return found if feed.is_read else [check if check.path == "region" else _perhaps(check) for check in found]


def _unseen(context: Context) -> list[Unknown]:
    """Return why there may be more metrics than are known."""
    filters = context.inventory.follow(context.resource, "metric_filters")
    resources = [one for one in (filters if isinstance(filters, list) else []) if isinstance(one, Resource)]
    lists = [one["metric_transformations"] for one in resources]
    return [
        *(one for one in lists if isinstance(one, Unknown)),
        *(one.rest for one in lists if isinstance(one, PartialList)),
        *(item for one in lists if isinstance(one, list) for item in one if isinstance(item, Unknown)),
    ]


def _same(one: Value, other: Value) -> bool | None:
    texts = (str, PartialText, Unknown)
    return equals(one, other) if isinstance(one, texts) and isinstance(other, texts) else False


def _no_feed(context: Context, possible: list[Feed]) -> Check:
    alarm = context.resource
    lacking = next(iter(_lacking(context)), None)
    if (possible or _unseen(context)) and lacking is not None:
        return Check("metric_name", "a metric of a filter", "not known", Status.UNKNOWN, lacking)
    published = sorted(
        {f"{shown(feed.values.get('metric_namespace'))}" for feed in _feeds(context) if feed.name_is_read is not False}
    )
    expected = f"the namespace of its filter: {', '.join(published)}" if published else "a metric of a filter"
    return Check("namespace", expected, shown(alarm["namespace"]), Status.FAIL)


def _lacking(context: Context) -> Iterator[Unknown]:
    alarm = context.resource
    values = [alarm["namespace"], alarm["metric_name"]]
    values += [feed.values.get(name) for feed in _feeds(context) for name in ("metric_namespace", "metric_name")]
    yield from (unknown for value in values if (unknown := first_unknown(value)))
    yield from (feed.metric_filter.exists for feed in _feeds(context) if feed.metric_filter.exists is not None)
    yield from _unseen(context)


def _undecided(alarm: Resource) -> Iterator[Check]:
    for name, why in NOT_JUDGED.items():
        value = alarm[name]
        if isinstance(value, Unknown) or value:
            unknown = value if isinstance(value, Unknown) else Unknown(f"{alarm.address}.{name}", why, is_set=True)
            yield Check(name, "not set", shown(value), Status.UNKNOWN, unknown)


def _of_feed(alarm: Resource, feed: Feed) -> Iterator[Check]:
    status, unknown = same_region(alarm, feed.metric_filter)
    region = shown(region_of(feed.metric_filter))
    yield Check("region", f"that of {feed.metric_filter.address}: {region}", shown(region_of(alarm)), status, unknown)
    yield _dimensions(alarm, feed)
    yield _threshold(alarm, feed)
    yield _quiet(alarm, feed)
    yield _datapoints(alarm, feed)


def _dimensions(alarm: Resource, feed: Feed) -> Check:
    """A metric with dimensions is another metric than the one without."""
    ours, theirs = alarm["dimensions"], feed.values.get("dimensions")
    (has, unknown), (wanted, other) = stands(ours, "set", True), stands(theirs, "set", True)
    expected = "the filter's dimensions" if wanted is Status.PASS else "no dimensions"
    if Status.UNKNOWN in (has, wanted):
        return Check("dimensions", expected, shown(ours), Status.UNKNOWN, unknown or other)
    if has is wanted is Status.PASS:
        judged = Unknown(f"{alarm.address}.dimensions", "are not compared with the filter's", is_set=True)
        return Check("dimensions", expected, shown(ours), Status.UNKNOWN, judged)
    return Check("dimensions", expected, shown(ours), Status.PASS if has is wanted else Status.FAIL)


def _threshold(alarm: Resource, feed: Feed) -> Check:
    """The datapoint of a period with one event crosses the threshold."""
    operator, threshold = alarm["comparison_operator"], alarm["threshold"]
    asked = f"{shown(operator)} {shown(threshold)}"
    if operator in BELOW:
        return Check("comparison_operator", "an alarm when events come", shown(operator), Status.FAIL)
    if unknown := _missing(alarm, comparison_operator=operator, threshold=threshold):
        return Check("threshold", "crossed by one event", asked, Status.UNKNOWN, unknown)
    if operator not in CROSSES:
        judged = Unknown(f"{alarm.address}.comparison_operator", f"is {operator}, which is not judged", is_set=True)
        return Check("comparison_operator", "crossed by one event", asked, Status.UNKNOWN, judged)
    seen = _statistic(alarm, feed, events=1)
    if isinstance(seen, Unknown):
        return Check("statistic", "crossed by one event", asked, Status.UNKNOWN, seen)
    crossed = CROSSES[operator](seen, threshold)
    expected = f"crossed by {shown(alarm['statistic'])} {seen:g} of one event"
    return Check("threshold", expected, asked, Status.PASS if crossed else Status.FAIL)


def _quiet(alarm: Resource, feed: Feed) -> Check:
    """While nothing happens the alarm is not in alarm: else an event changes nothing, and nobody is told."""
    default, treat = feed.values.get("default_value"), alarm["treat_missing_data"]
    if default is None:
        status, unknown = stands(treat, "is_not", "breaching")
        return Check("treat_missing_data", "anything but breaching", shown(treat), status, unknown)
    operator, threshold = alarm["comparison_operator"], alarm["threshold"]
    if unknown := _missing(alarm, default_value=default, comparison_operator=operator, threshold=threshold):
        return Check("threshold", "not crossed in quiet minutes", shown(threshold), Status.UNKNOWN, unknown)
    at_rest = _statistic(alarm, feed, events=0)
    if isinstance(at_rest, Unknown) or operator not in CROSSES:
        unknown = at_rest if isinstance(at_rest, Unknown) else None
        return Check("threshold", "not crossed in quiet minutes", shown(threshold), Status.UNKNOWN, unknown)
    crossed = CROSSES[operator](at_rest, threshold)
    expected = f"not crossed by {shown(alarm['statistic'])} {at_rest:g} of quiet minutes"
    return Check("threshold", expected, f"{operator} {shown(threshold)}", Status.FAIL if crossed else Status.PASS)


def _datapoints(alarm: Resource, feed: Feed) -> Check:
    """One event makes one breaching datapoint, so one must do.

    Where nothing is published in between and missing data counts as missing,
    one lone breaching datapoint sets off any alarm once it is old enough.
    """
    stated = alarm["datapoints_to_alarm"]
    needed = alarm["evaluation_periods"] if stated is None else stated
    name = "evaluation_periods" if stated is None else "datapoints_to_alarm"
    lone = all_hold(
        (
            stands(alarm["treat_missing_data"], "is", "missing")[0],
            stands(feed.values.get("default_value"), "set", False)[0],
        )
    )
    one, unknown = stands(needed, "at_most", 1)
    if needed is None:
        one, unknown = Status.UNKNOWN, Unknown(f"{alarm.address}.evaluation_periods", "is not stated")
    return Check(name, "1, or missing data that counts as missing", shown(needed), any_holds((one, lone)), unknown)


def _statistic(alarm: Resource, feed: Feed, *, events: int) -> float | Unknown:
    """Return the least that the alarm's statistic is over a period with one event, or the most without any."""
    name, period = alarm["statistic"], alarm["period"]
    default = feed.values.get("default_value")
    written = feed.values.get("metric_value")
    if unknown := first_unknown([name, default, written]):
        return unknown
    quiet = float(default) if default is not None else None
    value = _number(written)
    if value is None or (quiet is not None and (quiet < 0 or value < quiet)):
        return Unknown(f"{feed.metric_filter.address}.metric_value", "is taken from the event", is_set=True)
    if events == 0 and quiet is None:
        return Unknown(f"{alarm.address}.statistic", "has no data in quiet minutes")
    if quiet is None:
        return {"Sum": value, "Maximum": value, "Average": value, "Minimum": value, "SampleCount": 1.0}.get(
            str(name), _not_judged(alarm)
        )
    if unknown := _missing(alarm, period=period):
        return unknown
    minutes = max(1.0, period / MINUTE)
    table = {
        "Sum": (quiet * minutes, value),
        "Maximum": (quiet, value),
        "Average": (quiet, (value + (minutes - 1) * quiet) / minutes),
        "Minimum": (quiet, value if minutes == 1 else quiet),
        "SampleCount": (minutes, 1.0),
    }
    return table[str(name)][events] if str(name) in table else _not_judged(alarm)


def _not_judged(alarm: Resource) -> Unknown:
    return Unknown(f"{alarm.address}.statistic", "is none that is judged", is_set=True)


def _missing(alarm: Resource, **values: Value) -> Unknown | None:
    """Return why one of the values cannot be reckoned with, or None when all are there."""
    for name, value in values.items():
        if value is None:
            return Unknown(f"{alarm.address}.{name}", "is not stated")
        if unknown := first_unknown(value):
            return unknown
    return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _perhaps(check: Check) -> Check:
    status = Status.UNKNOWN if check.status is Status.FAIL else check.status
    return Check(check.path, check.expected, check.actual, status, check.unknown)


def _witness(check: Check) -> Mapping[str, Any] | None:
    if check.status is not Status.FAIL:
        return None
    return {"event": "one that the metric filter matches", check.path: check.actual, "wanted": check.expected}


LOOKS_AT: Final = {
    name: frozenset(
        {
            *("namespace", "metric_name", "dimensions", "statistic", "period", "threshold", "comparison_operator"),
            *("evaluation_periods", "datapoints_to_alarm", "treat_missing_data", *NOT_JUDGED),
        }
    )
    for name in ("reads_a_filter", "one_event_trips_it")
}
