"""Judgement on monitors: is somebody told of the events that a control demands, for every such event?

A trail's events lead to somebody through the log group of the trail and its metric filters, through that of another
trail of the account, or through EventBridge. Each way is followed by a module of its own; here they are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.chain import Answer, Step, account_of, neighbours, once, outcome_of, regional, step
from ctguard.engine.judgements.log_groups import unwatched
from ctguard.engine.judgements.trail_reach import reach, some_event
from ctguard.engine.outcome import Break, Context, Outcome
from ctguard.filter_pattern.controls import Control, control_named
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import PartialText, Unknown

LOG_GROUP: Final = "cloud_watch_logs_log_group_arn"

Way: TypeAlias = Callable[[Control], Answer | None]


def is_monitored(context: Context, control: str) -> Outcome:
    """Of every event that `control` demands somebody is told."""
    wanted = control_named(control)
    ways = list(_ways(context))
    answers: list[Answer] = []
    for way in ways:
        if (answer := way(wanted)) is not None:
            answers.append(answer)
            if answer.status is Status.PASS:
                return outcome_of(answer)
    shared = _by_name(wanted, ways) if wanted.names and len(ways) > 1 else None
    if shared is not None and shared.status is not Status.FAIL:
        return outcome_of(shared)
    witness = shared.witness if shared is not None else None
    return outcome_of(_joined(context, wanted, answers, witness), answers[0])


def _ways(context: Context) -> Iterator[Way]:
    """Yield the ways on which events reach somebody: by the trail's own log group, another trail's, event rules, a
    monitor elsewhere that is declared.
    """
    trail = context.resource
    yield lambda control: _by_log_group(context, trail, control)
    if any(one is not trail and one[LOG_GROUP] is not None for one in neighbours(context, "trail", trail)):
        yield lambda control: _by_another_trail(context, control)
    if neighbours(context, "event_rule", trail):
        from ctguard.engine.judgements.rule_watch import seen_by_rules

        yield lambda control: seen_by_rules(context, trail, control)
    if neighbours(context, "external_monitor", trail):
        from ctguard.engine.judgements.external_watch import watched_elsewhere

        yield lambda control: watched_elsewhere(context, trail, control, reach(context, trail, control))


def _by_another_trail(context: Context, control: Control) -> Answer | None:
    """Return the best answer that another trail of the account gives, where one does better than to fail."""
    trail = context.resource
    key = ("by any trail", *account_of(trail), control)
    return once(context, key, lambda: _best_of(context, neighbours(context, "trail", trail), control))


def _best_of(context: Context, trails: Sequence[Resource], control: Control) -> Answer | None:
    perhaps: Answer | None = None
    for one in trails:
        answer = _by_log_group(context, one, control) if one[LOG_GROUP] is not None else None
        if answer is not None and answer.status is Status.PASS and one.exists is None:
            return answer
        if answer is not None and answer.status is not Status.FAIL and perhaps is None:
            doubt = one.exists
            made = (
                (step(one.address, "a trail", "perhaps", Status.UNKNOWN, doubt, where=one.location),) if doubt else ()
            )
            perhaps = Answer(Status.UNKNOWN, answer.steps + made)
    return perhaps


def _by_log_group(context: Context, trail: Resource, control: Control) -> Answer:
    """Follow the trail to its log group, and on from there."""
    group = _group_of(context, trail)
    path, where, expected = f"{trail.address}.{LOG_GROUP}", trail.where(LOG_GROUP), "a log group"
    if not isinstance(group, Resource):
        unknown = group if isinstance(group, Unknown) else None
        status = Status.UNKNOWN if unknown else Status.FAIL
        ends_at = Break(trail, LOG_GROUP)
        none = step(path, expected, shown(trail[LOG_GROUP]), status, unknown, where=where, ends_at=ends_at)
        return Answer(status, (none,), some_event(control))
    begins = step(path, expected, group.address, Status.PASS, where=where)
    reached = reach(context, trail, control)
    if reached.status is Status.FAIL:
        return Answer(Status.FAIL, (begins, *reached.steps), reached.witness)
    found = _seen_in(context, group, control)
    steps = (begins, *reached.steps, *found.steps)
    open_ = found.status is Status.PASS and any(one.status is not Status.PASS for one in steps)
    witness = found.witness if found.witness is not None else some_event(control)
    return Answer(Status.UNKNOWN if open_ else found.status, steps, witness)


def _seen_in(context: Context, group: Resource, control: Control) -> Answer:
    """Return what the group's filters see; what it takes to judge patterns is loaded where there are any."""
    if not context.inventory.of_kind("metric_filter"):
        return unwatched(group)
    from ctguard.engine.judgements.filter_watch import seen_in

    return seen_in(context, group, control)


def _group_of(context: Context, trail: Resource) -> Resource | Unknown | None:
    """Return the trail's log group; where only its name is known, the one that the filters of the input name."""
    target, value = context.inventory.follow(trail, "log_group"), trail[LOG_GROUP]
    if not isinstance(target, Unknown) or not isinstance(value, PartialText) or not isinstance(value.parts[-1], str):
        return target if isinstance(target, Resource | Unknown) else None
    before, named, name = value.parts[-1].removesuffix(":*").partition(":log-group:")
    if before or not named:
        return target
    filters = [one for one in neighbours(context, "metric_filter", trail) if one["log_group_name"] == name]
    groups = [context.inventory.follow(one, "log_group") for one in filters]
    title = f"CloudWatch Logs log group {name}"
    cure = f"scan the code that makes {title} together with this, or audit the account"
    elsewhere = Unknown(title, "is not part of this scan", cure, is_set=True)
    return next((one for one in groups if isinstance(one, Resource)), elsewhere)


def _by_name(control: Control, ways: Sequence[Way]) -> Answer:
    """Return what the ways come to where one may see what another does not: each name on whatever way it is seen."""
    steps: list[Step] = []
    statuses: list[Status] = []
    for name in control.names:
        several = [answer for way in ways if (answer := way(replace(control, names=(name,)))) is not None]
        statuses.append(any_holds(answer.status for answer in several))
        if statuses[-1] is Status.FAIL:
            return Answer(Status.FAIL, (), next((answer.witness for answer in several if answer.witness), None))
        steps += [one for answer in several if answer.status is statuses[-1] for one in answer.steps]
    return Answer(all_hold(statuses), tuple(steps))


def _joined(context: Context, control: Control, answers: Sequence[Answer], witness: Mapping[str, Any] | None) -> Answer:
    """Return what the ways come to, with the steps of those that decide; `witness` is an event that none sees."""
    status = any_holds(answer.status for answer in answers)
    deciding = [answer for answer in answers if answer.status is status]
    steps = tuple(one for answer in deciding for one in answer.steps)
    unseen = witness or next((answer.witness for answer in deciding if answer.witness), some_event(control))
    if status is Status.FAIL and (found := _unjudged(context)) is not None:
        one, why = found
        unknown = one.missing or one.exists or Unknown(one.address, why)
        perhaps = step(one.address, "sees these events", "not judged", Status.UNKNOWN, unknown, where=one.location)
        return Answer(Status.UNKNOWN, (*steps, perhaps))
    return Answer(status, steps, unseen)


def _unjudged(context: Context) -> tuple[Resource, str] | None:
    """Return what may lead these events to somebody and is not followed, and why."""
    trail = context.resource
    if (alarm := _log_alarm(context)) is not None:
        return alarm, "is a log alarm, whose query is not judged"
    for rule in neighbours(context, "telemetry_rule", trail):
        if stands(rule["resource_type"], "is", "AWS::CloudTrail")[0] is not Status.FAIL:
            return rule, "puts events of CloudTrail into log groups that are not judged"
    if trail[LOG_GROUP] is not None:
        for rule in neighbours(context, "centralization_rule", trail):
            return rule, "copies log groups to where filters and alarms are not in sight"
    return None


def _log_alarm(context: Context) -> Resource | None:
    """Return an alarm on a query that may look at the trail's log group and tells somebody."""
    group = context.inventory.follow(context.resource, "log_group")
    for alarm in regional(context, "log_alarm", group if isinstance(group, Resource) else context.resource):
        if alarm["actions_enabled"] is False or alarm["alarm_actions"] in ([], None):
            continue
        targets = context.inventory.follow(alarm, "log_groups")
        named = targets if isinstance(targets, list) else [targets]
        if not [one for one in named if one is not None] or any(
            one is group or isinstance(one, Unknown) for one in named
        ):
            return alarm
    return None


LOOKS_AT: Final = {"is_monitored": frozenset({LOG_GROUP})}
