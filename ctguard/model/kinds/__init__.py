"""The kinds of resources that rules speak of, and their attribute tables.

To add an attribute, add a row to its kind; to add a kind, write its table and list it here.
"""

from __future__ import annotations

from ctguard.model.kinds import (
    bucket,
    config,
    events,
    iam,
    key,
    leaving,
    log_processing,
    logs,
    silencing,
    topic,
    trail,
    waiver,
)
from ctguard.model.kinds.attribute import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        trail.TRAIL,
        trail.EVENT_DATA_STORE,
        bucket.BUCKET,
        key.KEY,
        key.KEY_ALIAS,
        key.KEY_GRANT,
        topic.TOPIC,
        topic.SUBSCRIPTION,
        logs.LOG_GROUP,
        logs.METRIC_FILTER,
        logs.ALARM,
        silencing.COMPOSITE_ALARM,
        silencing.ALARM_MUTE_RULE,
        log_processing.LOG_ALARM,
        log_processing.LOG_ACCOUNT_POLICY,
        log_processing.TELEMETRY_RULE,
        log_processing.CENTRALIZATION_RULE,
        events.EVENT_RULE,
        events.EVENT_TARGET,
        config.CONFIG_RECORDER,
        config.CONFIG_AGGREGATOR,
        config.CONFIG_RULE,
        iam.ROLE,
        iam.IAM_POLICY,
        iam.ACCOUNT,
        iam.ORGANIZATION,
        iam.ORGANIZATION_POLICY,
        iam.ACCOUNT_PUBLIC_ACCESS_BLOCK,
        leaving.QUEUE,
        leaving.LOG_SUBSCRIPTION,
        leaving.EXTERNAL_MONITOR,
        waiver.WAIVER,
    )
}


def types_of_interest(dialect: str) -> frozenset[str]:
    """Return the resource types of `dialect` that state something about a kind, main or part."""
    mains = {name for kind in KINDS.values() for name in kind.types(dialect)}
    prefix = "aws_" if dialect == "terraform" else "AWS::"
    return frozenset(
        mains | {part.type for kind in KINDS.values() for part in kind.parts if part.type.startswith(prefix)}
    )
