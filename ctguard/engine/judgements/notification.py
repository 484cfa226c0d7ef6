"""Judgements on whether an alarm or a topic tells anybody: live actions, mute rules, subscribers.

Sources: CloudWatch API Reference (PutMetricAlarm, PutAlarmMuteRule), CloudWatch User Guide, "Combining alarms"
(action suppression); SNS API Reference (Subscribe, SetSubscriptionAttributes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.regions import same_region
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, PartialText, Unknown, Value

ACTIONS: Final = "alarm_actions"
TELLS: Final = frozenset({"ssm"})
"""Services that keep what an alarm sends without anything that could be missing: OpsItems."""

NO_ARN: Final = ("PendingConfirmation", "Deleted")
"""What stands in place of the ARN of a subscription to which nobody has agreed, or no longer does."""

TELLS_NOBODY: Final = frozenset({"automate", "autoscaling", "swf"})
"""Services that act on machines."""

Answer = tuple[str, Status, Unknown | None]


def has_live_action(context: Context) -> Outcome:
    """On alarm, a message goes to a topic that is there, or to another place where it is seen.

    An alarm without actions may act through a composite alarm, which is not judged.
    """
    alarm = context.resource
    answers = [answer for answer, _ in actions_of(context)]
    if any_holds(status for _, status, _ in answers) is Status.FAIL:
        answers += through_composites(context)
    return _outcome(alarm, ACTIONS, "an action that tells somebody", answers)


def is_not_muted(context: Context) -> Outcome:
    """No mute rule holds the alarm's actions back, now or at some time to come."""
    alarm = context.resource
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    witness: dict[str, Any] | None = None
    for rule in context.inventory.of_kind("alarm_mute_rule"):
        if not _beside(rule, alarm):
            continue
        targets = context.inventory.follow(rule, "alarms")
        several = targets if isinstance(targets, list) else [targets]
        named = any(one is alarm for one in several)
        unknown = rule.exists or next((one for one in several if isinstance(one, Unknown)), None)
        if (not named and unknown is None) or rule["status"] == "EXPIRED":
            continue
        unknown = unknown if not named or rule.exists else None
        unknown = rule["status"] if isinstance(rule["status"], Unknown) else unknown
        window = f"{shown(rule['schedule.expression'])}, for {shown(rule['schedule.duration'])}"
        status = Status.UNKNOWN if unknown else Status.FAIL
        lacking += [unknown] if unknown else []
        leaves.append(Leaf(rule.address, "no mute rule", f"muted {window}", status, str(unknown or ""), rule.location))
        if status is Status.FAIL:
            witness = {"mute_rule": rule.address, "window": window, "status": shown(rule["status"])}
    if witness is not None:
        decisive = tuple(leaf for leaf in leaves if leaf.status is Status.FAIL)
        return Outcome(Status.FAIL, decisive, (), witness)
    return Outcome(Status.UNKNOWN if lacking else Status.PASS, tuple(leaves), tuple(lacking))


def _beside(rule: Resource, alarm: Resource) -> bool:
    """Say whether a mute rule may be about the alarm: both are in one input, and not known to be in two regions."""
    return rule.unit == alarm.unit and same_region(rule, alarm)[0] is not Status.FAIL


def has_subscriber(context: Context) -> Outcome:
    """Somebody receives what is published to the topic: a subscription, confirmed and without a filter."""
    topic = context.resource
    found = context.inventory.follow(topic, "subscriptions")
    answers = [of_subscription(one) for one in (found if isinstance(found, list) else [])]
    inline = topic["subscription"]
    items = inline.items if isinstance(inline, PartialList) else inline
    rest = inline if isinstance(inline, Unknown) else inline.rest if isinstance(inline, PartialList) else None
    answers += [of_entry(one, topic) for one in (items if isinstance(items, list | tuple) else [])]
    answers += [("subscriptions", Status.UNKNOWN, rest)] if rest else []
    return _outcome(topic, "subscription", "a confirmed subscription", answers)


def actions_of(context: Context) -> Iterator[tuple[Answer, Resource | None]]:
    """Yield what each action of the alarm comes to, and the topic that it goes to."""
    value = context.resource[ACTIONS]
    if isinstance(value, Unknown):
        yield (shown(value), Status.UNKNOWN, value), None
        return
    items = value.items if isinstance(value, PartialList) else value or []
    actions = [one for one in items if one not in (None, "")]
    targets = context.inventory.follow(context.resource, "action_topics")
    for action, target in zip(actions, targets if isinstance(targets, list) else [], strict=False):
        answer = _of_action(action, target)
        yield answer, target if isinstance(target, Resource) and answer[0] == target.address else None
    if isinstance(value, PartialList):
        yield (shown(value), Status.UNKNOWN, value.rest), None


def _of_action(action: Value, target: Resource | Unknown) -> Answer:
    service = _service(action)
    if service in TELLS_NOBODY:
        return f"{shown(action)}, which tells nobody", Status.FAIL, None
    if service in TELLS:
        return shown(action), Status.PASS, None
    if service not in ("sns", None):
        return shown(action), Status.UNKNOWN, Unknown(shown(action), "is no topic: whom it tells is not judged")
    if isinstance(target, Unknown):
        return shown(action), Status.UNKNOWN, target
    unknown = target.missing or target.exists
    return target.address, Status.UNKNOWN if unknown else Status.PASS, unknown


def _service(action: Value) -> str | None:
    """Return the service in an ARN, where that much of it is known."""
    known = action.parts[0] if isinstance(action, PartialText) else action
    fields = known.split(":") if isinstance(known, str) else []
    return fields[2] if len(fields) > 3 and fields[0] == "arn" else None


def through_composites(context: Context) -> Iterator[Answer]:
    """Yield the composite alarms of the input that may read this alarm."""
    alarm = context.resource
    found = context.inventory.follow(alarm, "composite_alarms")
    for composite in found if isinstance(found, list) else []:
        if not isinstance(composite, Resource):
            continue
        rule, name = composite["alarm_rule"], alarm.name
        reads = not isinstance(rule, str) or not isinstance(name, str) or name in rule
        acts = composite["alarm_actions"] not in ([], None) and composite["actions_enabled"] is not False
        if reads and acts:
            unknown = Unknown(composite.address, "may act for this alarm, which is not judged")
            yield f"through {composite.address}", Status.UNKNOWN, unknown


def of_subscription(one: Resource | Unknown) -> Answer:
    if isinstance(one, Unknown):
        return "a subscription to an unknown topic", Status.UNKNOWN, one
    answers = [stands(one.arn, "one_of", NO_ARN), stands(one["pending_confirmation"], "is", True)]
    if any(status is Status.PASS for status, _ in answers):
        return f"{one.address}, not confirmed", Status.FAIL, None
    doubts = [unknown for _, unknown in answers if unknown is not None and not _is_made_later(one, unknown)]
    if one.exists is not None or doubts:
        return one.address, Status.UNKNOWN, one.exists or doubts[0]
    return _unless_filtered(one.address, one["filter_policy"])


def _is_made_later(one: Resource, unknown: Unknown) -> bool:
    """Say whether a value is not known because AWS chooses it: what code declares is taken for what will be there."""
    return one.input != "live" and unknown.refers_to is not None and unknown.refers_to.address == one.address


def of_entry(one: Value, topic: Resource) -> Answer:
    if not isinstance(one, dict):
        unknown = one if isinstance(one, Unknown) else Unknown(f"{topic.address}.subscription", "cannot be read")
        return shown(one), Status.UNKNOWN, unknown
    return _unless_filtered(shown(one.get("endpoint")), one.get("filter_policy"))


def _unless_filtered(address: str, filter_policy: Value) -> Answer:
    """A subscription with a filter policy gets what passes it, which is not judged."""
    if isinstance(filter_policy, Unknown) and not filter_policy.is_set:
        return address, Status.UNKNOWN, filter_policy
    if filter_policy not in (None, "", {}):
        return f"{address}, filtered", Status.UNKNOWN, Unknown(f"{address}.filter_policy", "is not judged", is_set=True)
    return address, Status.PASS, None


def _outcome(resource: Resource, attribute: str, expected: str, answers: Iterable[Answer]) -> Outcome:
    """Return what several answers of which one is enough come to."""
    several = list(answers)
    status = any_holds(one for _, one, _ in several)
    where = resource.where(attribute)
    leaves = tuple(
        Leaf(attribute, expected, actual, one, str(unknown or ""), where)
        for actual, one, unknown in sorted(several, key=lambda answer: answer[1] is not status)
    ) or (Leaf(attribute, expected, "none", status, "", where),)
    lacking = tuple(dict.fromkeys(unknown for _, one, unknown in several if unknown and one is Status.UNKNOWN))
    return Outcome(status, leaves, lacking if status is Status.UNKNOWN else ())


LOOKS_AT: Final = {
    "has_live_action": frozenset({ACTIONS}),
    "is_not_muted": frozenset[str](),
    "has_subscriber": frozenset({"subscription"}),
}
