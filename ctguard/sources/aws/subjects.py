"""What calls are made for: which replies name a trail, a bucket, a key ..., and where it is to be asked about.

To follow replies to more subjects, write a function and name it in `FINDERS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from ctguard.sources.aws.replies import maps, texts
from ctguard.sources.snapshot.facts import Call

Identity: TypeAlias = tuple[str, str, str]
"""What makes a subject the one it is: its kind, region and fields."""


class Subject(Struct, frozen=True):
    """Something to ask about: its kind (`plan.SUBJECTS`), its region, and the fields that parameters take.

    `account` is the account that its ARN names; empty where it has no ARN, or one without an account.
    """

    kind: str
    region: str
    fields: Mapping[str, Any]
    account: str = ""

    @property
    def identity(self) -> Identity:
        """What makes two subjects the same."""
        return self.kind, self.region, json.dumps(self.fields, sort_keys=True)


class Asked(Struct, frozen=True):
    """What is known while an account is asked: its id and main region, the regions to ask in, and the calls so far.

    `elsewhere` are the other accounts of the same audit. Of the account's own buckets those `looked_for` count only, if
    any are.
    """

    account: str
    main_region: str
    regions: tuple[str, ...]
    calls: list[Call]
    elsewhere: frozenset[str] = frozenset()
    looked_for: frozenset[str] = frozenset()

    def made(self, operation: str, region: str = "") -> Iterator[Call]:
        """Yield the calls of an operation so far, of all regions or of one."""
        return (one for one in self.calls if one.operation == operation and region in ("", one.region))


Finder: TypeAlias = Callable[[Call, Asked], Iterator[Subject]]


def by_arn(kind: str, arn: str, **fields: Any) -> Subject | None:
    """Return the subject that an ARN names, with its name; None for what is no ARN of something regional."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[3]:
        return None
    return Subject(kind, parts[3], {"arn": arn, **fields}, parts[4])


def _trails(call: Call, asked: Asked) -> Iterator[Subject]:
    for arn in texts(call.reply, "trailList[].TrailARN"):
        if (trail := by_arn("trail", arn, arns=[arn])) is not None:
            yield trail


def _named_by_trails(call: Call, asked: Asked) -> Iterator[Subject]:
    for trail in maps(call.reply, "trailList[]"):
        if any(arn.split(":")[4:5] == [one] for one in asked.elsewhere for arn in texts(trail, "TrailARN")):
            continue  # its own account is asked about what serves it
        home = next(texts(trail, "HomeRegion"), call.region)
        yield from (Subject("bucket", home, {"name": name}) for name in texts(trail, "S3BucketName"))
        yield from (key for one in texts(trail, "KmsKeyId") if (key := _key(one, home)) is not None)
        yield from (topic for arn in texts(trail, "SnsTopicARN") if (topic := by_arn("topic", arn)) is not None)
        for arn in texts(trail, "CloudWatchLogsLogGroupArn"):
            yield from _log_group(arn)
        for arn in texts(trail, "CloudWatchLogsRoleArn"):
            yield Subject("role", asked.main_region, {"name": arn.rsplit("/", 1)[-1]}, (arn.split(":") + [""] * 5)[4])


def _key(name: str, region: str) -> Subject | None:
    """Return the key that an ARN names, or a bare id or alias that is meant in `region`."""
    if not name.startswith("arn:"):
        return Subject("key", region, {"id": name})
    subject = by_arn("key", name)
    return None if subject is None else Subject("key", subject.region, {"id": name}, subject.account)


def _log_group(arn: str) -> Iterator[Subject]:
    subject = by_arn("log group", arn)
    if subject is not None and ":log-group:" in arn:
        name = arn.split(":log-group:", 1)[1].removesuffix(":*")
        yield Subject("log group", subject.region, {"name": name}, subject.account)
        yield Subject("log region", subject.region, {}, subject.account)


def _home_regions(call: Call, asked: Asked) -> Iterator[Subject]:
    homes = sorted(texts(call.reply, "trailList[].HomeRegion"))
    yield from (Subject("home region", region, {}) for region in homes)
    yield from (Subject("event region", region, {}) for region in event_regions(homes, asked.regions))


def event_regions(homes: Iterable[str], regions: Collection[str]) -> list[str]:
    """Return where event rules can tell whether they watch trails at all, of the `regions` of an account.

    A rule watches one region, so that monitors have one in the trail's home, and for global services in theirs.
    """
    those = set(homes)
    return sorted(those | {one for one in GLOBAL_REGIONS if one in regions}) if those else []


GLOBAL_REGIONS: Final = ("us-east-1", "us-gov-west-1", "cn-north-1")
"""Where the events of global services are recorded: a region for each partition."""


def _located(call: Call, asked: Asked) -> Iterator[Subject]:
    """A bucket is where HeadBucket says; a refusal may say it too. Else S3 leads there from where it was named."""
    gone = call.failure is not None and call.failure.code in ("404", "NoSuchBucket")
    name = call.parameters.get("Bucket")
    if not gone and isinstance(name, str):
        region = next(texts(call.reply, "BucketRegion"), call.region)
        yield Subject("located bucket", region, {"name": name})


def _organization_folders(call: Call, asked: Asked) -> Iterator[Subject]:
    """Below the folder of the organization each account has one; bucket and organization come in any order."""
    organizations = [id_ for one in asked.made("DescribeOrganization") for id_ in texts(one.reply, "Organization.Id")]
    regions = {
        one.parameters.get("Bucket"): next(texts(one.reply, "BucketRegion"), one.region)
        for one in asked.made("HeadBucket")
        if one.failure is None
    }
    for listed in asked.made("DescribeTrails"):
        for trail in maps(listed.reply, "trailList[]"):
            bucket = trail.get("S3BucketName")
            if trail.get("IsOrganizationTrail") is True and bucket in regions:
                start = "".join(f"{one}/" for one in texts(trail, "S3KeyPrefix"))
                for id_ in organizations:
                    fields = {"bucket": bucket, "prefix": f"{start}AWSLogs/{id_}/"}
                    yield Subject("organization folder", regions[bucket], fields)


def _own_buckets(call: Call, asked: Asked) -> Iterator[Subject]:
    for name in texts(call.reply, "Buckets[].Name"):
        if not asked.looked_for or name in asked.looked_for:
            yield Subject("bucket", call.region, {"name": name})


def _access_log_buckets(call: Call, asked: Asked) -> Iterator[Subject]:
    for name in texts(call.reply, "LoggingEnabled.TargetBucket"):
        yield Subject("bucket", call.region, {"name": name})


def _default_keys(call: Call, asked: Asked) -> Iterator[Subject]:
    path = "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID"
    yield from (key for one in texts(call.reply, path) if (key := _key(one, call.region)) is not None)


def _described_keys(call: Call, asked: Asked) -> Iterator[Subject]:
    for key in maps(call.reply, "KeyMetadata"):
        for arn in texts(key, "Arn"):
            subject = by_arn("customer key", arn)
            if subject is not None and key.get("KeyManager") == "CUSTOMER":
                yield subject
            if subject is not None and "alias/" in str(call.parameters.get("KeyId")):
                yield Subject("aliased key", subject.region, {"arn": arn}, subject.account)


def _topic_keys(call: Call, asked: Asked) -> Iterator[Subject]:
    for one in texts(call.reply, "Attributes.KmsMasterKeyId"):
        if (key := _key(one, call.region)) is not None:
            yield key


def _subscriptions(call: Call, asked: Asked) -> Iterator[Subject]:
    """What nobody has confirmed has no ARN of its own yet."""
    for arn in texts(call.reply, "Subscriptions[].SubscriptionArn"):
        if (subscription := by_arn("subscription", arn)) is not None:
            yield subscription


def _of_log_groups(call: Call, asked: Asked) -> Iterator[Subject]:
    meant = call.parameters.get("logGroupNamePrefix")
    for group in maps(call.reply, "logGroups[]"):
        name = next(texts(group, "logGroupName"), "")
        if not name or meant not in (None, name):
            continue
        if meant is None:
            yield Subject("log group", call.region, {"name": name}, asked.account)
            yield Subject("log region", call.region, {}, asked.account)
        yield from (key for one in texts(group, "kmsKeyId") if (key := _key(one, call.region)) is not None)
        if group.get("dataProtectionStatus") not in (None, "DELETED", "DISABLED"):
            yield Subject("protected log group", call.region, {"name": name})
        if group.get("inheritedProperties"):
            yield Subject("policed log region", call.region, {})


def _transformed(call: Call, asked: Asked) -> Iterator[Subject]:
    for one in maps(call.reply, "metricFilters[]"):
        name = next(texts(one, "logGroupName"), call.parameters.get("logGroupName"))
        if one.get("applyOnTransformedLogs") is True and isinstance(name, str):
            yield Subject("transformed log group", call.region, {"name": name})
            yield Subject("policed log region", call.region, {})


def _watching(call: Call, asked: Asked) -> Iterator[Subject]:
    """Topics of the alarms on metrics that filters feed, and of all alarms that may lean on those.

    Filters and alarms come in any order, so that both replies lead here.
    """
    metrics = {
        (one.get("metricNamespace"), one.get("metricName"))
        for made in asked.made("DescribeMetricFilters", call.region)
        for one in maps(made.reply, "metricFilters[].metricTransformations[]")
    }
    for made in asked.made("DescribeAlarms", call.region):
        for alarm in maps(made.reply, "MetricAlarms[]"):
            if _reads(alarm, metrics):
                yield from _topics(alarm)
        for kind in ("CompositeAlarms[]", "LogAlarms[]"):
            for alarm in maps(made.reply, kind):
                yield from _topics(alarm)


def _reads(alarm: Mapping[str, Any], metrics: set[tuple[Any, Any]]) -> bool:
    """Say whether the alarm reads one of the metrics, or computes something that may hold one."""
    computed = alarm.get("Metrics") or alarm.get("EvaluationCriteria")
    return bool(metrics and computed) or (alarm.get("Namespace"), alarm.get("MetricName")) in metrics


def _topics(alarm: Mapping[str, Any]) -> Iterator[Subject]:
    for arn in texts(alarm, "AlarmActions[]"):
        if arn.split(":")[2:3] == ["sns"] and (topic := by_arn("topic", arn)) is not None:
            yield topic


def _mute_rules(call: Call, asked: Asked) -> Iterator[Subject]:
    for arn in texts(call.reply, "AlarmMuteRuleSummaries[].AlarmMuteRuleArn"):
        yield Subject("mute rule", call.region, {"name": arn.rsplit(":", 1)[-1]})


def _event_rules(call: Call, asked: Asked) -> Iterator[Subject]:
    """Rules that may be about CloudTrail's events; where there is one, others may be in every region."""
    found = [one for one in maps(call.reply, "Rules[]") if may_concern_trails(one)]
    for rule in found:
        yield from (Subject("event rule", call.region, {"name": name}) for name in texts(rule, "Name"))
    if found:
        yield from (Subject("event region", region, {}) for region in asked.regions)


def may_concern_trails(rule: Mapping[str, Any]) -> bool:
    """Say whether an event rule may be about events of CloudTrail: its pattern does not name other kinds alone."""
    pattern = rule.get("EventPattern")
    if not isinstance(pattern, str):
        return False
    try:
        kinds = json.loads(pattern).get("detail-type")
    except (ValueError, AttributeError):
        return True
    if not isinstance(kinds, list) or not all(isinstance(one, str) for one in kinds):
        return True
    return any(one.endswith("via CloudTrail") for one in kinds)


def _target_topics(call: Call, asked: Asked) -> Iterator[Subject]:
    for arn in texts(call.reply, "Targets[].Arn"):
        if arn.split(":")[2:3] == ["sns"] and (topic := by_arn("topic", arn)) is not None:
            yield topic


def _stores(call: Call, asked: Asked) -> Iterator[Subject]:
    for arn in texts(call.reply, "EventDataStores[].EventDataStoreArn"):
        if (store := by_arn("event data store", arn)) is not None:
            yield store


def _listed(kind: str, path: str, field: str) -> Finder:
    """Return what finds a subject for each text at `path`, in the region of the call."""

    def find(call: Call, asked: Asked) -> Iterator[Subject]:
        yield from (Subject(kind, call.region, {field: one}) for one in texts(call.reply, path))

    return find


def _store_keys(call: Call, asked: Asked) -> Iterator[Subject]:
    yield from (key for one in texts(call.reply, "KmsKeyId") if (key := _key(one, call.region)) is not None)


def _role_policies(call: Call, asked: Asked) -> Iterator[Subject]:
    for name in texts(call.reply, "PolicyNames[]"):
        yield Subject("role policy", call.region, {"role": call.parameters.get("RoleName"), "name": name})


def _attached_policies(call: Call, asked: Asked) -> Iterator[Subject]:
    for arn in texts(call.reply, "AttachedPolicies[].PolicyArn"):
        yield Subject("attached policy", call.region, {"arn": arn})


def _policy_versions(call: Call, asked: Asked) -> Iterator[Subject]:
    for policy in maps(call.reply, "Policy"):
        for version in texts(policy, "DefaultVersionId"):
            yield Subject("policy version", call.region, {"arn": call.parameters.get("PolicyArn"), "version": version})


def _organization(call: Call, asked: Asked) -> Iterator[Subject]:
    if asked.account in texts(call.reply, "Organization.MasterAccountId"):
        yield Subject("organization", asked.main_region, {})


def _organization_policies(call: Call, asked: Asked) -> Iterator[Subject]:
    yield from (
        Subject("organization policy", asked.main_region, {"id": id_}) for id_ in texts(call.reply, "Policies[].Id")
    )


FINDERS: Final[Mapping[str, tuple[Finder, ...]]] = {
    # a call: what its reply names
    "cloudtrail.DescribeTrails": (_trails, _named_by_trails, _home_regions, _organization_folders),
    "cloudtrail.ListEventDataStores": (_stores,),
    "cloudtrail.GetEventDataStore": (_store_keys,),
    "s3.ListBuckets": (_own_buckets,),
    "s3.HeadBucket": (_located, _organization_folders),
    "s3.GetBucketLogging": (_access_log_buckets,),
    "s3.GetBucketEncryption": (_default_keys,),
    "kms.ListKeys": (_listed("key", "Keys[].KeyArn", "id"),),
    "kms.DescribeKey": (_described_keys,),
    "sns.ListTopics": (_listed("topic", "Topics[].TopicArn", "arn"),),
    "sns.GetTopicAttributes": (_topic_keys,),
    "sns.ListSubscriptionsByTopic": (_subscriptions,),
    "logs.DescribeLogGroups": (_of_log_groups,),
    "logs.DescribeMetricFilters": (_transformed, _watching),
    "cloudwatch.DescribeAlarms": (_watching,),
    "cloudwatch.ListAlarmMuteRules": (_mute_rules,),
    "events.ListRules": (_event_rules,),
    "events.ListTargetsByRule": (_target_topics,),
    "iam.ListRolePolicies": (_role_policies,),
    "iam.ListAttachedRolePolicies": (_attached_policies,),
    "iam.GetPolicy": (_policy_versions,),
    "organizations.DescribeOrganization": (_organization, _organization_folders),
    "organizations.ListPolicies": (_organization_policies,),
}
