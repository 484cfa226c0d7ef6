"""Follow a metric filter to somebody who is told: an alarm that one event sets off, its action, a subscriber.

What each link of the chain means is decided by the judgements on alarms and on
notification; here they are only strung together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements import alarms, notification
from ctguard.engine.judgements.chain import Chain, Step, account_of, best, from_outcome, neighbours, once, step
from ctguard.engine.outcome import Break, Context
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value, first_unknown

METRIC = "metric_transformations"
ACTIONS = notification.ACTIONS
SOMEBODY = "an action that tells somebody"


def told_of(context: Context, metric_filter: Resource) -> Chain:
    """Return the chain from what the filter counts to somebody who is told, the best that there is."""

    def made() -> Chain:
        return best([*_chains(context, metric_filter)] or [_no_alarm(context, metric_filter)])

    return once(context, ("told of", id(metric_filter)), made)


def _chains(context: Context, metric_filter: Resource) -> Iterator[Chain]:
    hidden = first_unknown(metric_filter[METRIC])
    for alarm in candidates(context, metric_filter):
        feeds = list(alarms.feeds_from(metric_filter, alarm))
        for feed in feeds:
            if feed.is_read is not False:
                yield _set_off(alarm, feed) + tells(context, alarm)
            elif _computes(alarm, feed):
                unknown = Unknown(f"{alarm.address}.metrics", "decides by an expression, which is not judged")
                yield Chain((_perhaps(alarm, unknown),))
        if hidden is not None and not feeds:
            yield Chain((_perhaps(alarm, hidden),))


def candidates(context: Context, metric_filter: Resource) -> list[Resource]:
    """Return the alarms that may read a metric of the filter: by its name, or by one that is not plain."""
    every = neighbours(context, "alarm", metric_filter)
    key = ("alarms by metric", *account_of(metric_filter))
    by_name = once(context, key, lambda: _by_metric(every))
    names = [one.get("metric_name") for one in _known(metric_filter[METRIC]) if isinstance(one, dict)]
    if first_unknown(metric_filter[METRIC]) is not None or not all(isinstance(name, str) for name in names):
        return every
    found = [alarm for name in dict.fromkeys(map(str, names)) for alarm in by_name[name]]
    return [*found, *by_name[""]]


def _by_metric(alarms: Sequence[Resource]) -> Mapping[str, list[Resource]]:
    """Return alarms by the name of their metric; those that compute one, or whose name is not known, under no name."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for alarm in alarms:
        name = alarm["metric_name"]
        computes = any(alarm[one] for one in ("metrics", "evaluation_criteria"))
        found[str(name) if isinstance(name, str) and not computes else ""].append(alarm)
    return found


def _set_off(alarm: Resource, feed: alarms.Feed) -> Chain:
    """One event that the filter counts sets the alarm off."""
    steps = tuple(
        step(
            f"{alarm.address}.{check.path}",
            check.expected,
            check.actual,
            check.status,
            check.unknown,
            where=alarm.where(check.path),
            ends_at=Break(alarm, check.path),
        )
        for check in alarms.trip_checks(alarm, feed)
        if check.status is not Status.PASS
    )
    doubt = _doubt(alarm, feed)
    if doubt is not None:
        steps += (_perhaps(alarm, doubt),)
    return Chain(steps or (step(alarm.address, "set off by one event", "it is", Status.PASS, where=alarm.location),))


def _doubt(alarm: Resource, feed: alarms.Feed) -> Unknown | None:
    """Return why nobody can say that the alarm will be there, and will read what the filter publishes."""
    if alarm.exists is not None or feed.is_read:
        return alarm.exists
    names = [alarm["namespace"], alarm["metric_name"], *(feed.values.get(f"metric_{n}") for n in ("namespace", "name"))]
    return feed.metric_filter.exists or first_unknown(names) or Unknown(f"{alarm.address}.metric_name")


def _perhaps(alarm: Resource, unknown: Unknown) -> Step:
    return step(
        alarm.address, "an alarm on the filter's metric", "perhaps", Status.UNKNOWN, unknown, where=alarm.location
    )


def _computes(alarm: Resource, feed: alarms.Feed) -> bool:
    """Say whether an expression of the alarm may read the metric: its name stands in it, or may."""
    name = feed.values.get("metric_name")
    return any(_mentions(alarm[attribute], name) for attribute in ("metrics", "evaluation_criteria"))


def _mentions(value: Value, name: Value) -> bool:
    match value:
        case Unknown() | PartialText():
            return True
        case str():
            return not isinstance(name, str) or name in value
        case Document(inner):
            return _mentions(inner, name)
        case PartialList() | PartialMap():
            return True
        case dict():
            return any(_mentions(one, name) for one in value.values())
        case list() | tuple():
            return any(_mentions(one, name) for one in value)
        case _:
            return False


def _no_alarm(context: Context, metric_filter: Resource) -> Chain:
    """Return the end of the chain: where an alarm reads the right name in a wrong namespace, it ends there."""
    near = next((one for one in candidates(context, metric_filter) if _reads_the_name(one, metric_filter)), None)
    names = [
        f"{shown(one.get('metric_namespace'))}/{shown(one.get('metric_name'))}"
        for one in _known(metric_filter[METRIC])
        if isinstance(one, dict)
    ]
    expected = f"an alarm on metric {', '.join(names)}" if names else "a metric"
    if near is not None:
        actual, ends_at = shown(near["namespace"]), Break(near, "namespace")
        path, where = f"{near.address}.namespace", near.where("namespace")
    else:
        group = context.inventory.follow(metric_filter, "log_group")
        ends_at = Break(metric_filter, METRIC)
        if isinstance(group, Resource) and not neighbours(context, "alarm", metric_filter):
            ends_at = Break(group, "alarms")
        path, actual, where = f"{metric_filter.address}.{METRIC}", "none", metric_filter.where(METRIC)
    return Chain((step(path, expected, actual, Status.FAIL, where=where, ends_at=ends_at),))


def _reads_the_name(alarm: Resource, metric_filter: Resource) -> bool:
    return any(feed.name_is_read for feed in alarms.feeds_from(metric_filter, alarm))


def _known(value: Value) -> list[Value]:
    return list(value.items) if isinstance(value, PartialList) else value if isinstance(value, list) else []


def tells(context: Context, alarm: Resource) -> Chain:
    """Return the chain from the alarm to somebody: actions that are switched on, not muted, and heard."""
    return once(context, ("tells", id(alarm)), lambda: _tells(Context(context.inventory, alarm)))


def _tells(context: Context) -> Chain:
    alarm = context.resource
    chain = Chain()
    status, unknown = stands(alarm["actions_enabled"], "is", True)
    if status is not Status.PASS:
        actual = shown(alarm["actions_enabled"])
        chain = Chain((_of_alarm(alarm, "actions_enabled", "true", actual, status, unknown),))
    muted = notification.is_not_muted(context)
    if muted.status is not Status.PASS:
        chain += from_outcome(alarm, muted, ACTIONS)
    ways = [_way(context, answer, topic) for answer, topic in notification.actions_of(context)]
    if not ways or best(ways).status is Status.FAIL:
        ways += [_way(context, answer, None) for answer in notification.through_composites(context)]
    return chain + best(ways or [Chain((_of_alarm(alarm, ACTIONS, SOMEBODY, "none", Status.FAIL, None),))])


def _way(context: Context, answer: notification.Answer, topic: Resource | None) -> Chain:
    actual, status, unknown = answer
    action = Chain((_of_alarm(context.resource, ACTIONS, SOMEBODY, actual, status, unknown),))
    return action if topic is None else action + heard(context, topic)


def _of_alarm(
    alarm: Resource, attribute: str, expected: str, actual: str, status: Status, unknown: Unknown | None
) -> Step:
    where, ends_at = alarm.where(attribute), Break(alarm, attribute)
    return step(f"{alarm.address}.{attribute}", expected, actual, status, unknown, where=where, ends_at=ends_at)


def heard(context: Context, topic: Resource) -> Chain:
    """Return whether somebody receives what the topic announces."""
    found = notification.has_subscriber(Context(context.inventory, topic))
    return from_outcome(topic, found, "subscription", f"{topic.address}.subscription")
