"""Follow an EventBridge rule to somebody who is told: a target that is there and lets the rule in, a subscriber.

Sources: EventBridge User Guide, "Using resource-based policies for Amazon EventBridge" (a topic must let
events.amazonaws.com publish; its default policy does not), "Amazon EventBridge targets".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.alarm_chain import heard
from ctguard.engine.judgements.chain import Chain, best, once, step
from ctguard.engine.judgements.service_access import lets_in
from ctguard.engine.outcome import Break, Context
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import (
    PartialList,
    PartialText,
    Unknown,
    Value,
    reference_of,
)

EVENTS: Final = "events.amazonaws.com"
TARGETS: Final = "targets"
ACTS: Final = re.compile(
    r"aws_(lambda_(function|alias)|sqs_queue|sfn_state_machine|kinesis_(stream|firehose_delivery_stream)"
    r"|cloudwatch_event_api_destination|ssm_document|ssmincidents_response_plan|codebuild_project|ecs_\w+)"
)
"""Types whose resources do something with every event that they get."""


def targets_of(context: Context, rule: Resource) -> Chain:
    """Return the chain from the rule to somebody who is told, the best of those of its targets."""
    return once(context, ("targets of", id(rule)), lambda: best([*_ways(context, rule)] or [_none(rule)]))


def _none(rule: Resource) -> Chain:
    path, ends_at = f"{rule.address}.{TARGETS}", Break(rule, TARGETS)
    return Chain((step(path, "a target", "none", Status.FAIL, where=rule.location, ends_at=ends_at),))


def _ways(context: Context, rule: Resource) -> Iterator[Chain]:
    found = context.inventory.follow(rule, "targets")
    for one in found if isinstance(found, list) else []:
        if isinstance(one, Unknown):
            yield _open(rule, shown(one), one)
            continue
        topic = context.inventory.follow(one, "topic")
        doubt = one.exists
        way = _way(context, rule, one["target_arn"], topic if isinstance(topic, Resource) else None)
        yield way + _open(rule, one.address, doubt) if doubt is not None else way
    yield from _inline(context, rule)


def _inline(context: Context, rule: Resource) -> Iterator[Chain]:
    """Yield the chains of the targets that the rule itself lists."""
    written = rule["target_arns"]
    if isinstance(written, Unknown):
        yield _open(rule, shown(written), written)
        return
    topics = context.inventory.follow(rule, "target_topics")
    items = written.items if isinstance(written, PartialList) else written or []
    several = [one for one in items if one not in (None, "")]
    for arn, topic in zip(several, topics if isinstance(topics, list) else [], strict=False):
        yield _way(context, rule, arn, topic if isinstance(topic, Resource) else None)
    if isinstance(written, PartialList):
        yield _open(rule, shown(written), written.rest)


def _open(rule: Resource, actual: str, unknown: Unknown) -> Chain:
    path = f"{rule.address}.{TARGETS}"
    return Chain((step(path, "a target", actual, Status.UNKNOWN, unknown, where=rule.location),))


def _way(context: Context, rule: Resource, arn: Value, topic: Resource | None) -> Chain:
    if topic is not None and (topic.missing is None or _leads_to_sns(arn)):
        if (unknown := topic.missing or topic.exists) is not None:
            return _open(rule, topic.address, unknown)
        return _there(rule, topic.address) + _lets_in(context, rule, topic) + heard(context, topic)
    if ACTS.search(_type_of(arn)):
        return _there(rule, shown(reference_of(arn)))
    if isinstance(arn, Unknown) and reference_of(arn) is None:
        return _open(rule, shown(arn), arn)
    return _open(rule, shown(arn), Unknown(shown(arn), "as a target is not judged: whom it tells is not known"))


def _there(rule: Resource, actual: str) -> Chain:
    return Chain((step(f"{rule.address}.{TARGETS}", "a target", actual, Status.PASS, where=rule.location),))


def _leads_to_sns(arn: Value) -> bool:
    """Say whether an ARN is a topic's, as far as it is known, or is taken from a topic."""
    known = arn.parts[0] if isinstance(arn, PartialText) else arn
    return "aws_sns_topic." in f"{_type_of(arn)}." or (isinstance(known, str) and known.split(":")[2:3] == ["sns"])


def _type_of(arn: Value) -> str:
    """Return the Terraform type of the resource that an ARN was taken from, where there is one."""
    reference = reference_of(arn)
    words = reference.address.split(".") if reference is not None else []
    return next((word for word in words if word.startswith("aws_")), "")


def _lets_in(context: Context, rule: Resource, topic: Resource) -> Chain:
    """The topic's policy lets the rule publish."""
    policy = topic["policy"]
    status, unknown = lets_in(topic, EVENTS, "sns:Publish", rule)
    path, ends_at = f"{topic.address}.policy", Break(topic, "policy")
    actual = "no policy" if policy is None else "there is one" if status is Status.PASS else "none that does"
    expected, where = f"a statement that lets {EVENTS} publish", topic.where("policy")
    return Chain((step(path, expected, actual, status, unknown, where=where, ends_at=ends_at),))
