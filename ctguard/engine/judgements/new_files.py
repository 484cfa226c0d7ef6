"""Who is told that a trail has delivered a log file: a queue or a subscriber, by the bucket or by a topic.

Sources: Amazon S3 User Guide, "Amazon S3 Event Notifications" (event types, filters, permissions of destinations);
CloudTrail User Guide, "Configuring Amazon SNS notifications for CloudTrail"; SQS Developer Guide, "Encryption at rest"
(services cannot use the key that AWS manages).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements import notification
from ctguard.engine.judgements.chain import Chain, account_of, best, neighbours, step
from ctguard.engine.judgements.naming import entries, is_text, names
from ctguard.engine.judgements.service_access import lets_in
from ctguard.engine.outcome import Context
from ctguard.filter_pattern.controls import Control
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, Value, first_unknown

S3, SNS, CLOUDTRAIL = "s3.amazonaws.com", "sns.amazonaws.com", "cloudtrail.amazonaws.com"
SEND, PUBLISH = "sqs:SendMessage", "sns:Publish"
WRITTEN: Final = frozenset({"s3:ObjectCreated:*", "s3:ObjectCreated:Put"})
"""Events of a bucket that a log file sets off: CloudTrail puts it."""

MANAGED_KEY: Final = "alias/aws/sqs"
LOG_FILES: Final = ("", ".gz", ".json.gz")


class Told(NamedTuple):
    """A topic that is told of new log files, who tells it, and the chain up to there."""

    topic: Resource
    chain: Chain


def to_queue(context: Context, trail: Resource, control: Control, monitor: Resource) -> Chain:
    """The queue that the monitor reads is told of every new log file."""
    queue = context.inventory.follow(monitor, "queue")
    if not isinstance(queue, Resource):
        unknown = queue if isinstance(queue, Unknown) else None
        return _one(monitor, "queue", "a queue", shown(monitor["queue"]), Status.UNKNOWN, unknown)
    return _in_sight(queue, trail) + best([*_to_queue(context, trail, queue)] or [_nobody(trail, queue.address)])


def _to_queue(context: Context, trail: Resource, queue: Resource) -> Iterator[Chain]:
    bucket = context.inventory.follow(trail, "bucket")
    if isinstance(bucket, Resource):
        for entry in entries(bucket["queue_notifications"]):
            yield from _announced(
                bucket, trail, entry, queue, lambda source: _accepts(context, trail, queue, S3, source)
            )
    for told in _topics(context, trail):
        for one in entries(context.inventory.follow(told.topic, "subscriptions")):
            status, unknown = (Status.UNKNOWN, one) if isinstance(one, Unknown) else names(one["endpoint"], queue)
            if status is Status.FAIL:
                continue
            heard = _subscribed(told.topic, one, status, unknown)
            yield told.chain + heard + _accepts(context, trail, queue, SNS, told.topic)
    yield from _unjudged(context, trail)


def to_subscriber(context: Context, trail: Resource, control: Control, monitor: Resource) -> Chain:
    """A topic that is told of every new log file has the subscriber that the monitor names."""
    endpoint = monitor["subscriber"]
    ways = [*_to_subscriber(context, trail, endpoint), *_unjudged(context, trail)]
    return best(ways or [_nobody(trail, shown(endpoint))])


def _to_subscriber(context: Context, trail: Resource, endpoint: Value) -> Iterator[Chain]:
    for told in _topics(context, trail):
        for one in entries(context.inventory.follow(told.topic, "subscriptions")):
            status, unknown = (Status.UNKNOWN, one) if isinstance(one, Unknown) else is_text(one["endpoint"], endpoint)
            if status is not Status.FAIL:
                yield told.chain + _subscribed(told.topic, one, status, unknown)
        for entry in entries(told.topic["subscription"]):
            inline = entry if isinstance(entry, dict) else {"endpoint": entry}
            status, unknown = is_text(inline.get("endpoint"), endpoint)
            if status is not Status.FAIL:
                answer = notification.of_entry(entry, told.topic)
                yield told.chain + _heard(told.topic, answer, status, unknown)


def _topics(context: Context, trail: Resource) -> Iterator[Told]:
    """Yield the topics that the trail, or its bucket, tells of new files."""
    topic = context.inventory.follow(trail, "topic")
    if isinstance(topic, Resource) and topic.missing is None:
        begins = _one(trail, "sns_topic", "a topic", topic.address, Status.PASS)
        yield Told(topic, begins + _lets_in(topic, CLOUDTRAIL, PUBLISH, trail))
    bucket = context.inventory.follow(trail, "bucket")
    if not isinstance(bucket, Resource):
        return
    for entry in entries(bucket["topic_notifications"]):
        for one in neighbours(context, "topic", bucket):
            for chain in _announced(bucket, trail, entry, one, _publishes_to(one)):
                yield Told(one, chain)


def _publishes_to(topic: Resource) -> Callable[[Resource], Chain]:
    return lambda source: _lets_in(topic, S3, PUBLISH, source)


def _announced(
    bucket: Resource, trail: Resource, entry: Value, target: Resource, onward: Callable[[Resource], Chain]
) -> Iterator[Chain]:
    """Yield the chain of one notification of the bucket, where it may be about the target."""
    if not isinstance(entry, Mapping):
        unknown = entry if isinstance(entry, Unknown) else None
        yield _one(bucket, "notification", "an event for new files", shown(entry), Status.UNKNOWN, unknown)
        return
    status, unknown = names(entry.get("target_arn"), target)
    if status is Status.FAIL:
        return
    told = _one(bucket, "notification", f"new files announced to {target.address}", target.address, status, unknown)
    yield told + _of_all_files(bucket, trail, entry) + onward(bucket)


def _of_all_files(bucket: Resource, trail: Resource, entry: Mapping[str, Any]) -> Chain:
    """The notification is about written objects, and leaves out no log file."""
    events = [*entries(entry.get("events"))]
    statuses = [stands(one, "one_of", sorted(WRITTEN)) for one in events]
    found = next((one for one in statuses if one[0] is Status.PASS), None)
    found = found or next((one for one in statuses if one[0] is Status.UNKNOWN), (Status.FAIL, None))
    chain = _one(bucket, "notification", "s3:ObjectCreated:*", shown(events), *found)
    prefix, suffix = _filters(entry)
    if (unknown := first_unknown([prefix, suffix, trail["s3_key_prefix"]])) is not None:
        return chain + _one(bucket, "notification", "no filter on names", "not known", Status.UNKNOWN, unknown)
    begins = f"{trail['s3_key_prefix']}/AWSLogs/" if trail["s3_key_prefix"] else "AWSLogs/"
    if begins.startswith(prefix) and suffix in LOG_FILES:
        return chain
    actual = f"names that begin with {prefix!r} and end in {suffix!r}"
    if not prefix.startswith(begins) and not begins.startswith(prefix):
        return chain + _one(bucket, "notification", "no filter that log files miss", actual, Status.FAIL, None)
    judged = Unknown(f"{bucket.address}.notification", "has a filter on names, which is not judged", is_set=True)
    return chain + _one(bucket, "notification", "no filter on names", actual, Status.UNKNOWN, judged)


def _filters(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the prefix and the suffix that a notification asks for, in whatever spelling."""
    written = entry.get("filter")
    inner = next(iter(written.values()), None) if isinstance(written, dict) else written
    rules = next(iter(inner.values()), None) if isinstance(inner, dict) else inner
    found: dict[str, Any] = {"prefix": entry.get("filter_prefix") or "", "suffix": entry.get("filter_suffix") or ""}
    for rule in entries(rules):
        if not isinstance(rule, dict) or not isinstance(rule.get("Name"), str):
            return Unknown("a notification's filter", "cannot be read"), ""
        found[rule["Name"].lower()] = rule.get("Value")
    return found["prefix"], found["suffix"]


def _accepts(context: Context, trail: Resource, queue: Resource, service: str, source: Resource) -> Chain:
    """The queue lets the service send, and so does the key that it is encrypted with."""
    if queue.missing is not None:
        return Chain()
    key_id = queue["kms_master_key_id"]
    chain = _lets_in(queue, service, SEND, source)
    if key_id in (None, ""):
        return chain
    key = context.inventory.follow(queue, "key")
    if isinstance(key_id, str) and key_id.endswith(MANAGED_KEY):
        return chain + _one(queue, "kms_master_key_id", "a key that services may use", key_id, Status.FAIL, None)
    if not isinstance(key, Resource) or key.missing is not None:
        unknown = key if isinstance(key, Unknown) else getattr(key, "missing", None)
        return chain + _one(queue, "kms_master_key_id", "a key in sight", shown(key_id), Status.UNKNOWN, unknown)
    return chain + _lets_in(key, service, "kms:GenerateDataKey", source) + _lets_in(key, service, "kms:Decrypt", source)


def _lets_in(target: Resource, service: str, action: str, source: Resource) -> Chain:
    status, unknown = lets_in(target, service, action, source)
    said = {Status.PASS: "there is one", Status.FAIL: "none that does"}.get(status, "not known")
    return _one(
        target, "policy", f"a statement that lets {service} {action} for {source.address}", said, status, unknown
    )


def _in_sight(queue: Resource, trail: Resource) -> Chain:
    """The queue is there, or beyond the account's border."""
    ours, theirs = account_of(trail)[1], _account(queue.arn)
    if queue.missing is None or (ours is not None and theirs is not None and theirs != ours):
        where = "in sight" if queue.missing is None else f"in account {theirs}"
        status = Status.PASS if queue.exists is None else Status.UNKNOWN
        return Chain((step(queue.address, "the queue", where, status, queue.exists, where=queue.location),))
    missing = queue.missing
    return Chain((step(queue.address, "the queue", "not in sight", Status.UNKNOWN, missing, where=queue.location),))


def _account(arn: Value) -> str | None:
    fields = arn.split(":") if isinstance(arn, str) else []
    return fields[4] or None if len(fields) > 5 else None


def _subscribed(topic: Resource, one: Resource | Unknown, status: Status, unknown: Unknown | None) -> Chain:
    return _heard(topic, notification.of_subscription(one), status, unknown)


def _heard(topic: Resource, answer: notification.Answer, status: Status, unknown: Unknown | None) -> Chain:
    """The subscription is the one that is meant, and hears everything."""
    actual, hears, why = answer
    meant = _one(topic, "subscription", "the declared subscriber", actual, status, unknown)
    return meant + _one(topic, "subscription", "a confirmed subscription", actual, hears, why)


def _unjudged(context: Context, trail: Resource) -> Iterator[Chain]:
    """Yield what may tell somebody and is not followed: topics and buckets out of sight, channels that are neither."""
    bucket, topic = (context.inventory.follow(trail, link) for link in ("bucket", "topic"))
    if (hidden := topic.missing if isinstance(topic, Resource) else topic) is not None:
        unknown = hidden if isinstance(hidden, Unknown) else None
        yield _one(trail, "sns_topic", "a topic in sight", shown(trail["sns_topic"]), Status.UNKNOWN, unknown)
    if not isinstance(bucket, Resource) or bucket.missing is not None:
        unknown = bucket if isinstance(bucket, Unknown) else getattr(bucket, "missing", None)
        unknown = unknown or Unknown(f"{trail.address}.s3_bucket_name", "is not stated")
        yield _one(
            trail, "s3_bucket_name", "a bucket in sight", shown(trail["s3_bucket_name"]), Status.UNKNOWN, unknown
        )
    elif not bucket["queue_notifications"] and not bucket["topic_notifications"]:
        status, unknown = stands(bucket["notification"], "set", True)
        if status is not Status.FAIL:
            judged = Unknown(f"{bucket.address}.notification", "goes to no queue or topic: not judged", is_set=True)
            yield _one(bucket, "notification", "a queue or topic", "another", Status.UNKNOWN, unknown or judged)


def _nobody(trail: Resource, target: str) -> Chain:
    return _one(trail, "sns_topic", f"new files announced to {target}", "nobody tells it", Status.FAIL, None)


def _one(
    resource: Resource, attribute: str, expected: str, actual: str, status: Status, unknown: Unknown | None = None
) -> Chain:
    path, where = f"{resource.address}.{attribute}", resource.where(attribute)
    return Chain((step(path, expected, actual, status, unknown, where=where),))
