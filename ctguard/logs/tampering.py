"""Calls that weaken a trail, found in its own proven log files: who, when, from where, on what.

A scan of the configuration sees a trail that logs; only its logs show that it was
stopped for an hour last night. Records come from log files whose hash holds and
whose digest is believed: they are CloudTrail's own words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ctguard.logs.holes import Pause
from ctguard.logs.naming import TrailName
from ctguard.logs.times import Moment, from_digest

Record = Mapping[str, Any]

_CALLS = MappingProxyType(
    {
        "cloudtrail": {
            "trail": "StopLogging DeleteTrail UpdateTrail PutEventSelectors PutInsightSelectors",
        },
        "s3": {
            "bucket": "DeleteBucket DeleteBucketPolicy PutBucketPolicy PutBucketLifecycle DeleteBucketLifecycle "
            "PutBucketLifecycleConfiguration PutBucketVersioning PutBucketAcl PutBucketEncryption "
            "DeleteBucketEncryption PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock "
            "PutBucketObjectLockConfiguration PutBucketOwnershipControls DeleteBucketOwnershipControls "
            "PutBucketReplication DeleteBucketReplication PutBucketLogging PutBucketNotification PutBucketAbac "
            "UpdateObjectEncryption",
        },
        "kms": {
            "key": "ScheduleKeyDeletion DisableKey PutKeyPolicy RevokeGrant DisableKeyRotation "
            "DeleteImportedKeyMaterial",
        },
        "sns": {"topic": "DeleteTopic Unsubscribe SetSubscriptionAttributes SetTopicAttributes RemovePermission"},
        "logs": {
            "log_group": "DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteMetricFilter PutMetricFilter "
            "DeleteSubscriptionFilter DisassociateKmsKey PutTransformer PutDataProtectionPolicy "
            "PutLogGroupDeletionProtection",
        },
        "monitoring": {"unknown": "DeleteAlarms DisableAlarmActions SetAlarmState PutAlarmMuteRule"},
        "events": {"unknown": "DeleteRule DisableRule RemoveTargets"},
        "organizations": {
            "organization": "LeaveOrganization RemoveAccountFromOrganization DetachPolicy UpdatePolicy DeletePolicy "
            "DisablePolicyType DisableAWSServiceAccess",
        },
        "account": {"unknown": "DisableRegion"},
    }
)
_TARGETS = MappingProxyType(
    {
        (f"{service}.amazonaws.com", name): target
        for service, targets in _CALLS.items()
        for target, names in targets.items()
        for name in names.split()
    }
)
_TURNS = ("StartLogging", "CreateTrail")
WANTED = frozenset(name for _, name in _TARGETS) | frozenset(_TURNS)
"""The names of all calls to look for in log files."""

_LONGEST_PARAMETERS = 1000


@dataclass(frozen=True, slots=True)
class Resources:
    """What belongs to the trail; None is what nobody could say, empty is what it does not have."""

    trail: TrailName
    arn: str
    bucket: str | None = None
    key: str | None = None
    topic: str | None = None
    log_group: str | None = None
    is_organization: bool | None = None


def tamper_events(records: Iterable[Record], resources: Resources) -> list[dict[str, Any]]:
    """Return the calls among `records` that weaken this trail, in order, each once.

    `concerns` is `this trail`, or `perhaps` where the trail's own part in it is
    not known: an alarm does not say which trail it watches.
    """
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        concerns = _concerns(record, resources)
        if concerns is not None:
            event = _event(record, concerns)
            found.setdefault(str(event["event_id"] or json.dumps(event, sort_keys=True)), event)
    return sorted(
        found.values(), key=lambda event: (str(event["time"]), str(event["event_name"]), str(event["event_id"]))
    )


def _concerns(record: Record, resources: Resources) -> str | None:
    target = _TARGETS.get((str(record.get("eventSource")), str(record.get("eventName"))))
    if target is None:
        return None
    owned = _OWNED[target](record, _parameters(record), resources)
    return {True: "this trail", False: None, None: "perhaps"}[owned]


def _parameters(record: Record) -> Mapping[str, Any]:
    parameters = record.get("requestParameters")
    return parameters if isinstance(parameters, Mapping) else {}


Ownership = Callable[[Record, Mapping[str, Any], Resources], bool | None]


def _is_trail(record: Record, parameters: Mapping[str, Any], resources: Resources) -> bool | None:
    told = parameters.get("name", parameters.get("trailName"))
    trail = resources.trail
    if told == resources.arn:
        return True
    home = record.get("awsRegion", trail.home_region) == trail.home_region
    account = record.get("recipientAccountId", trail.account_id) == trail.account_id
    return bool(told == trail.name and home and account)


def _is_bucket(record: Record, parameters: Mapping[str, Any], resources: Resources) -> bool | None:
    return parameters.get("bucketName") == resources.bucket


def _is_key(record: Record, parameters: Mapping[str, Any], resources: Resources) -> bool | None:
    if resources.key is None:
        return None
    told = str(parameters.get("keyId", ""))
    return bool(resources.key and told) and resources.key.rpartition("/")[2] == told.rpartition("/")[2]


def _is_topic(record: Record, parameters: Mapping[str, Any], resources: Resources) -> bool | None:
    if resources.topic is None:
        return None
    told = [str(parameters.get(name, "")) for name in ("topicArn", "subscriptionArn")]
    return bool(resources.topic) and any(
        arn == resources.topic or arn.startswith(f"{resources.topic}:") for arn in told
    )


def _is_log_group(record: Record, parameters: Mapping[str, Any], resources: Resources) -> bool | None:
    if resources.log_group is None:
        return None
    told = [str(parameters.get(name, "")) for name in ("logGroupName", "logGroupIdentifier")]
    name = resources.log_group.removesuffix(":*").rpartition(":log-group:")[2]
    return bool(name) and any(text.removesuffix(":*").rpartition(":log-group:")[2] == name for text in told)


def _is_organization(record: Record, parameters: Mapping[str, Any], resources: Resources) -> bool | None:
    service = parameters.get("servicePrincipal")
    if resources.is_organization is False or service not in (None, "cloudtrail.amazonaws.com"):
        return False
    return True if service and resources.is_organization else None


def _is_unknown(record: Record, parameters: Mapping[str, Any], resources: Resources) -> bool | None:
    return None


_OWNED: Mapping[str, Ownership] = MappingProxyType(
    {
        "trail": _is_trail,
        "bucket": _is_bucket,
        "key": _is_key,
        "topic": _is_topic,
        "log_group": _is_log_group,
        "organization": _is_organization,
        "unknown": _is_unknown,
    }
)


def _event(record: Record, concerns: str) -> dict[str, Any]:
    identity = record.get("userIdentity")
    identity = identity if isinstance(identity, Mapping) else {}
    actor = identity.get("arn") or identity.get("invokedBy") or identity.get("principalId")
    parameters = json.dumps(_parameters(record), sort_keys=True)
    if len(parameters) > _LONGEST_PARAMETERS:
        parameters = parameters[:_LONGEST_PARAMETERS] + "..."
    return {
        "time": record.get("eventTime"),
        "event_source": record.get("eventSource"),
        "event_name": record.get("eventName"),
        "concerns": concerns,
        "actor": actor,
        "actor_type": identity.get("type"),
        "actor_account_id": identity.get("accountId"),
        "source_ip": record.get("sourceIPAddress"),
        "user_agent": record.get("userAgent"),
        "account_id": record.get("recipientAccountId"),
        "region": record.get("awsRegion"),
        "parameters": parameters
        if len(parameters) <= _LONGEST_PARAMETERS
        else parameters[:_LONGEST_PARAMETERS] + "...",
        "error_code": record.get("errorCode"),
        "event_id": record.get("eventID"),
    }


def recorded_pauses(records: Iterable[Record], resources: Resources) -> tuple[Pause, ...]:
    """Return the times in which records say that the trail made no digests: stopped, deleted, validation off."""
    turns = sorted({turn for record in records if (turn := _turn(record, resources)) is not None})
    pauses: list[Pause] = []
    stopped: tuple[Moment, str] | None = None
    for number, (moment, on, name) in enumerate(turns):
        if on and number == 0 and name.startswith("StartLogging"):
            pauses.append(Pause(None, moment, name))
        elif not on and stopped is None:
            stopped = (moment, name)
        elif on and stopped is not None:
            pauses.append(Pause(stopped[0], moment, f"{stopped[1]}, then {name}"))
            stopped = None
    if stopped is not None:
        pauses.append(Pause(stopped[0], None, stopped[1]))
    return tuple(pauses)


def _turn(record: Record, resources: Resources) -> tuple[Moment, bool, str] | None:
    """Return when a record turned the making of digests on or off, and what says so."""
    name, parameters = str(record.get("eventName")), _parameters(record)
    if record.get("eventSource") != "cloudtrail.amazonaws.com" or record.get("errorCode"):
        return None
    if not _is_trail(record, parameters, resources):
        return None
    on: bool | None = {"StartLogging": True, "CreateTrail": True, "StopLogging": False, "DeleteTrail": False}.get(name)
    if name == "UpdateTrail" and isinstance(parameters.get("enableLogFileValidation"), bool):
        on = parameters["enableLogFileValidation"]
    try:
        moment = from_digest(str(record.get("eventTime")))
    except ValueError:
        return None
    return None if on is None else (moment, on, _told(name, record))


def _told(name: str, record: Record) -> str:
    identity = record.get("userIdentity")
    actor = identity.get("arn") if isinstance(identity, Mapping) else None
    return f"{name} at {record.get('eventTime')}" + (f" by {actor}" if actor else "")
