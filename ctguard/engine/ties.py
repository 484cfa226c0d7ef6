"""How a trail leads to those who keep its files and hear of its events: what ties one kind of resource to the next.

A tie has two ends. Findings speak of a tie, and not of the thing at its end,
when they look at the attribute that names the next one, or ask whether the next
one lets it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from ctguard.engine.outcome import Context
from ctguard.model.inventory import Inventory
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown

ADMITS: Final = "lets-trails-deliver"
"""The judgement on a bucket, key or topic that decides whether the trail is let in."""
WATCHED: Final = "is-monitored"
"""The judgement on a trail whose chain ends at its log group where no filter there sees the events."""


class Tie(Struct, frozen=True):
    """Resources of a kind lead to those of kind `to`.

    `by` are the attributes of the source that decide whether they do, `at` those
    of the target. Of a tie to `several`, some may be there while one is missing.
    """

    link: str
    to: str
    relation: str
    by: frozenset[str]
    at: frozenset[str] = frozenset()
    several: bool = False


TIES: Final[Mapping[str, tuple[Tie, ...]]] = {
    "trail": (
        Tie("bucket", "bucket", "stores files in", frozenset({"s3_bucket_name", "latest_delivery_error"})),
        Tie("key", "key", "encrypts with", frozenset({"kms_key_id"})),
        Tie("topic", "topic", "announces on", frozenset({"sns_topic", "latest_notification_error"})),
        Tie(
            "log_group",
            "log_group",
            "writes to",
            frozenset({"cloud_watch_logs_log_group_arn", "latest_cloud_watch_logs_delivery_error"}),
        ),
    ),
    "log_group": (Tie("metric_filters", "metric_filter", "is read by", frozenset({"metric_filters"}), several=True),),
    "metric_filter": (
        Tie("alarms", "alarm", "sets off", frozenset({"metric_transformations"}), frozenset({"namespace"})),
    ),
    "alarm": (Tie("action_topics", "topic", "tells", frozenset({"alarm_actions"})),),
    "topic": (Tie("subscriptions", "subscription", "reaches", frozenset({"subscription"})),),
    "event_rule": (Tie("target_topics", "topic", "tells", frozenset({"targets"}), frozenset({"policy"})),),
}


def follow(resource: Resource, tie: Tie, inventory: Inventory) -> list[Resource | Unknown]:
    """Return what `resource` leads to by `tie`; what nobody can name is Unknown."""
    if tie.to == "alarm":
        return list(_alarms(resource, inventory))
    if resource.kind.name == "event_rule":
        return list(_told(resource, inventory))
    target = inventory.follow(resource, tie.link)
    return target if isinstance(target, list) else [] if target is None else [target]


def _alarms(metric_filter: Resource, inventory: Inventory) -> Iterator[Resource]:
    from ctguard.engine.judgements.alarm_chain import candidates
    from ctguard.engine.judgements.alarms import feeds_from

    for alarm in candidates(Context(inventory, metric_filter), metric_filter):
        if any(feed.is_read is not False or feed.name_is_read for feed in feeds_from(metric_filter, alarm)):
            yield alarm


def _told(rule: Resource, inventory: Inventory) -> Iterator[Resource | Unknown]:
    """Yield the topics that an event rule tells, else its targets as they are."""
    inline = inventory.follow(rule, "target_topics")
    yield from inline if isinstance(inline, list) else []
    targets = inventory.follow(rule, "targets")
    for one in targets if isinstance(targets, list) else []:
        topic = inventory.follow(one, "topic") if isinstance(one, Resource) else None
        yield topic if isinstance(topic, Resource) and topic.missing is None else one
